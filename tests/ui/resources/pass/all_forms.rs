#![deny(warnings)]
#![allow(dead_code)]

use std::{collections::BTreeMap, sync::Arc};
use workflows_runtime::prelude::*;

#[derive(Clone, Deserialize)]
pub struct Limits {
    most: u32,
}

pub trait Client: Send + Sync {}

/// Names that generated code uses, too.
mod scope {
    pub struct Scope;
}

type Answered<T> = Result<T, std::io::Error>;

#[workflow]
struct Flow {
    client: Arc<dyn Client>,
}

#[workflow]
impl Flow {
    #[resource]
    async fn client(&self) -> Arc<dyn Client> {
        Arc::clone(&self.client)
    }

    #[resource]
    async fn boxed() -> StepResult<Box<dyn Client>> {
        Err(StepError::msg("none"))
    }

    #[resource(cached = true, allow_blocking)]
    async fn behind_an_alias() -> Answered<String> {
        std::fs::read_to_string("a.txt")
    }

    #[resource(cached = false)]
    #[blocking(cpu, pool = "embed")]
    fn r#type(
        &self,
        #[resource(client)] _client: &Arc<dyn Client>,
        #[config("app.json")] _all: BTreeMap<String, u32>,
    ) -> Vec<u8> {
        Vec::new()
    }

    #[resource]
    #[blocking(io)]
    fn make(#[resource(r#type)] bytes: &Vec<u8>) -> Result<Vec<u8>, StepError> {
        Ok(bytes.clone())
    }

    #[resource]
    async fn default(#[resource(make)] bytes: &[u8], #[resource(boxed)] _: &Box<dyn Client>) -> scope::Scope {
        let owned = bytes.to_vec();
        #[blocking(io)]
        std::thread::spawn(move || drop(owned)).join().unwrap();
        scope::Scope
    }

    #[step]
    async fn lent(
        &self,
        #[resource(client)] _: &Arc<dyn Client>,
        ctx: &Context<Self>,
        #[resource(behind_an_alias)] text: &str,
        Start(n): Start<u32>,
        #[resource(r#type)] bytes: &[u8],
        #[resource(default)] _: &scope::Scope,
        #[config("app.json", select = "limits")] Limits { most }: Limits,
        #[config("app.json", select = "limits")] limits: &Limits,
    ) -> Stop<u32> {
        let _ = (ctx.run_id(), text, bytes, limits.most);
        Stop(n + most)
    }

    #[step]
    #[blocking(io)]
    fn blocking(
        &self,
        #[config("app.json", select = "limits.most")] most: &u32,
        #[resource(client)] _: &Arc<dyn Client>,
        Start(n): Start<u32>,
    ) -> StepResult<Stop<u32>> {
        Ok(Stop(n + most))
    }

    #[cfg(any())]
    #[resource]
    async fn not_there() -> Nothing {}
}

fn main() {}
