use std::{collections::HashMap, path::PathBuf, sync::Arc};
use workflows_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
enum Topic<T> {
    Text(T),
    Nothing,
}

trait Client: Send + Sync {}

#[workflow(state = HashMap<String, Vec<u8>>)]
struct Payloads {
    client: Arc<dyn Client>,
}

#[workflow]
impl Payloads {
    #[step]
    async fn begin(&self, Start(topic): Start<(Topic<String>, Option<PathBuf>)>) -> InputRequired<HashMap<u8, String>> {
        let _ = (&self.client, topic);
        InputRequired(HashMap::new())
    }

    #[step]
    async fn end(&self, HumanResponse(all): HumanResponse<Vec<[u8; 4]>>) -> Stop<Result<usize, String>> {
        Stop(if all.is_empty() { Err("none".to_owned()) } else { Ok(all.len()) })
    }
}

fn main() {}
