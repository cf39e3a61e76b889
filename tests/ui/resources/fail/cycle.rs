use workflows_runtime::prelude::*;

struct A;
struct B;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn a(#[resource(b)] _: &B) -> A {
        A
    }

    #[resource]
    async fn b(#[resource(a)] _: &A) -> B {
        B
    }

    #[resource]
    async fn own(#[resource(own)] _: &u8) -> u8 {
        1
    }

    #[step]
    async fn go(&self, #[resource(a)] _: &A, #[resource(own)] _: &u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
