//! Replaces `cpu.rs` without the feature `cpu-pool`. Invariant: `spawn` is never called, as the macros reject
//! `#[blocking(cpu)]` without the feature.

use super::ExecutorError;
use tokio::sync::oneshot;

pub(super) struct CpuPool;

impl CpuPool {
    #[allow(clippy::unnecessary_wraps, reason = "the signature of the pool")]
    pub(super) fn new(_: &str, _: usize) -> Result<Self, ExecutorError> {
        Ok(Self)
    }

    #[allow(clippy::unused_self, reason = "the signature of the pool")]
    pub(super) fn spawn<T: Send + 'static>(&self, _: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
        oneshot::channel().1
    }
}
