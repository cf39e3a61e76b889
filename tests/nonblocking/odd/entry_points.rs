//! Attributes above the check, which generate code that blocks.

use workflows_runtime::nonblocking;

#[tokio::main]
#[nonblocking]
pub async fn main_of_tokio() -> u8 {
    tokio::task::yield_now().await;
    1
}

#[tokio::main(flavor = "current_thread")]
#[nonblocking]
pub async fn main_with_options() {
    println!("{}", main_of_tokio().await_nothing());
}

trait Nothing {
    fn await_nothing(self) -> Self;
}
impl Nothing for u8 {
    fn await_nothing(self) -> Self {
        self
    }
}

macro_rules! methods {
    ($name:ident, $this:ident, $value:expr) => {
        impl Generated {
            #[nonblocking]
            pub async fn $name(&$this) -> u8 {
                $value.recv() + $this.0.recv()
            }
        }
    };
}

pub struct Generated(u8);
pub trait Receive {
    fn recv(&self) -> u8;
}
impl Receive for u8 {
    fn recv(&self) -> u8 {
        *self
    }
}
methods!(generated, self, self.0);
