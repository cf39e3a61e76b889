use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
}

type Ctx = Context<Writer>;

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, ctx: &mut Ctx, Start(text): Start<String>) -> Draft {
        Draft { text: format!("{text} {}", ctx.attempt().number) }
    }

    #[step]
    async fn end(&self, draft: &mut Draft) -> Stop<String> {
        draft.text.push('.');
        Stop(draft.text.clone())
    }
}

fn main() {}
