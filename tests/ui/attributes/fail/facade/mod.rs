//! Names that the macros cannot see in the file with the workflow.

pub use workflows_runtime::step as node;

macro_rules! begin {
    ($name:ident) => {
        #[workflows_runtime::step]
        async fn $name(&self, _: workflows_runtime::Start<String>) {}
    };
}
pub(crate) use begin;
