//! `#[cfg]` and `#[cfg_attr]` on steps, resources, parameters and the workflow itself.

use workflows_runtime::{prelude::*, step as node};

#[cfg_attr(true, derive(Clone, Debug))]
#[event]
struct A(u8);
#[event]
struct B(u8);

#[workflow]
struct Configured {
    #[cfg(any())]
    absent: Missing,
    #[cfg(all())]
    n: u8,
}

#[workflow]
#[cfg(all())]
impl Configured {
    const N: usize = 2;

    #[cfg_attr(true, node)]
    async fn begin(
        &self,
        #[cfg(all())] ctx: &Context<Self>,
        #[cfg(any())] absent: &Context<Self, (B,)>,
        Start(n): Start<u8>,
    ) -> Vec<A> {
        let _ = ctx.run_id();
        vec![A(n), A(n)]
    }

    #[cfg_attr(all(), step(workers = 3), allow(unused))]
    #[cfg_attr(all(), cfg_attr(all(), blocking(cpu)))]
    #[cfg_attr(any(), blocking(io))]
    #[cfg(all())]
    #[cfg(not(any()))]
    fn both(
        &self,
        #[cfg(all())] all: [A; Self::N],
        #[cfg(any())] all: Vec<B>,
        #[cfg_attr(all(), resource(one))] one: &u8,
        #[cfg(any())]
        #[config("absent.json")]
        absent: Missing,
    ) -> B {
        B(all[0].0 + all[1].0 + one)
    }

    #[cfg_attr(all(), resource)]
    async fn one(#[cfg(any())] #[config("absent.json")] absent: Missing) -> u8 {
        1
    }

    #[step]
    #[cfg(any())]
    async fn end(&self, b: B) -> Stop<Missing> {
        missing()
    }

    #[cfg_attr(any(), step)]
    #[allow(dead_code)]
    async fn helper(&self, #[cfg(all())] _: u8) {}

    #[cfg(not(any()))]
    #[step]
    async fn end(&self, B(n): B) -> Stop<u8> {
        #[cfg(any())]
        return missing();
        #[cfg(all())]
        Stop(n + self.n)
    }
}

#[workflow]
#[cfg(any())]
struct Absent(Missing);

#[workflow]
#[cfg(any())]
impl Absent {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Configured { n: 2 }.run(1).await.unwrap(), 5);
}
