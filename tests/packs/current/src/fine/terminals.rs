use workflows_runtime::nonblocking;

struct Own;
impl Own {
    fn interact(&self) -> u8 {
        1
    }
    fn edit(&self, _: &str) -> u8 {
        1
    }
    async fn readline(&self) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn others(own: &Own, mut editor: rustyline::DefaultEditor) -> u8 {
    let prompt = dialoguer::Confirm::new().with_prompt("a").default(true);
    drop(prompt);
    editor.add_history_entry("a").unwrap();
    own.interact() + own.edit("a") + own.readline().await
}

#[nonblocking(known_blocking)]
pub async fn pooled(pool: &Pool) -> u8 {
    pool.interact(|n| *n).await
}

pub struct Pool;
impl Pool {
    async fn interact(&self, job: fn(&u8) -> u8) -> u8 {
        job(&1)
    }
}
