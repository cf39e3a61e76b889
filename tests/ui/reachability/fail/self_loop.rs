use workflows_runtime::prelude::*;

#[event]
struct Again {
    n: u32,
}

#[workflow]
struct Table;

#[workflow]
impl Table {
    #[step]
    async fn begin(&self, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }

    #[step]
    async fn again(&self, Again { n }: Again) -> OneOf<Again, Stop<String>> {
        if n == 0 { Stop("over".to_owned()).emit() } else { Again { n: n - 1 }.emit() }
    }
}

fn main() {}
