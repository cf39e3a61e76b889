use workflows_runtime::prelude::*;

#[event]
struct Draft;
#[event]
struct Review;

#[workflow]
struct Desk;

#[workflow]
impl Desk {
    #[step]
    async fn write(&self, _: Start<()>) -> OneOf<Draft, Stop<()>> {
        Draft.emit()
    }

    #[step]
    async fn merge(&self, _: Draft, _: Review) -> OneOf<Review, Stop<()>> {
        Review.emit()
    }
}

fn main() {}
