use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

struct Review<C>(C);

#[workflow]
struct Writer<C, const N: usize> {
    client: C,
}

#[workflow]
impl<C: Iterator + Send + Sync + 'static, const N: usize> Writer<C, N> {
    #[step]
    async fn write(&self, Start(client): Start<C>) -> [Draft; N] {
        drop(client);
        std::array::from_fn(|_| Draft(String::new()))
    }

    #[step]
    async fn review(&self, draft: Draft) -> OneOf<Review<C>, Stop<C::Item>> {
        drop(draft);
        unreachable!()
    }

    #[step]
    async fn publish(&self, review: Vec<Review<C>>, draft: Draft) -> Stop<Self> {
        drop((review, draft));
        unreachable!()
    }
}

fn main() {}
