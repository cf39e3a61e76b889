//! A package that has the runtime under another name, and whose tests are disabled.

use flows::prelude::*;

#[workflow(crate = "flows")]
pub struct Other;

#[workflow(crate = "flows")]
impl Other {
    #[step]
    async fn other(&self, Start(()): Start<()>) -> Stop<u8> {
        Stop(10)
    }
}
