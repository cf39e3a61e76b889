use std::error::Error;
use workflows_runtime::prelude::*;

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn parse(&self, Start(text): Start<String>) -> Result<Stop<u8>, Box<dyn Error>> {
        Ok(Stop(text.parse()?))
    }
}

fn main() {}
