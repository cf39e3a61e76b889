use workflows_runtime::prelude::*;

type Ctx<'a> = &'a Context<Hello>;
type Shared<'a> = Context<Hello, (Named<'a>,)>;
type Named<'a> = <&'a Name as std::ops::Deref>::Target;

#[event]
struct Name(String);

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, ctx: Ctx<'_>, Start(name): Start<String>) -> Name {
        Name(format!("{} {name}", ctx.run_id()))
    }

    #[step]
    async fn end(&self, _: &Shared<'_>, name: Name) -> Stop<String> {
        Stop(name.0)
    }
}

fn main() {}
