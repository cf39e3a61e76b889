//! A value that is not `Sized` cannot leave the thread, also if the statement returns early.

use workflows_runtime::prelude::*;

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn read(&self, Start(path): Start<String>) -> StepResult<Stop<u8>> {
        let bytes = path.clone().into_bytes().into_boxed_slice();
        #[blocking(io)]
        let [first, ..] = *bytes else { return Ok(Stop(0)) };
        #[blocking(io)]
        let [second, _] = *std::fs::read(path)?.into_boxed_slice() else { return Ok(Stop(0)) };
        Ok(Stop(first + second))
    }
}

fn main() {}
