use workflows_runtime::prelude::*;

#[event]
struct Item(String);

#[workflow]
struct Inbox;

#[workflow]
impl Inbox {
    #[step]
    async fn begin(&self, _: Start<()>) -> InputRequired<()> {
        InputRequired(())
    }

    #[step]
    async fn open(&self, HumanResponse(items): HumanResponse<Vec<String>>) -> Vec<Item> {
        items.into_iter().map(Item).collect()
    }

    #[step]
    async fn all(&self, items: Vec<Item>) -> OneOf<Stop<usize>, InputRequired<()>> {
        if items.is_empty() { InputRequired(()).emit() } else { Stop(items.len()).emit() }
    }
}

fn main() {}
