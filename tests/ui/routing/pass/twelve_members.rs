use workflows_runtime::prelude::*;

macro_rules! events {
    ($($name:ident),*) => { $(#[event] struct $name;)* };
}
events!(E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12);

#[workflow]
struct Dozen;

#[workflow]
impl Dozen {
    #[step]
    async fn begin(&self, Start(n): Start<u8>) -> OneOf<E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12> {
        match n {
            1 => E1.emit(),
            7 => E7.emit(),
            _ => E12.emit(),
        }
    }

    #[step]
    async fn end(&self, any: OneOf<E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12>) -> Stop<bool> {
        Stop(matches!(any, OneOf::L(E12)))
    }
}

fn main() {}
