use workflows_runtime::prelude::*;

struct Llm;

#[workflow]
struct Flow {
    name: String,
}

#[workflow]
impl Flow {
    #[resource]
    async fn takes_events(&self, _: Start<String>, _: &Context<Self>) -> Llm {
        Llm
    }

    #[resource]
    async fn is_generic<T: Default>() -> T {
        T::default()
    }

    #[resource]
    async fn is_opaque() -> impl Send {
        Llm
    }

    #[resource]
    async fn borrows(&self) -> &String {
        &self.name
    }

    #[resource]
    async fn makes_nothing(&self) {}

    #[resource]
    async unsafe fn is_unsafe() -> Llm {
        Llm
    }

    #[resource]
    async fn changes(&mut self) -> Llm {
        Llm
    }

    #[step]
    async fn go(&self, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
