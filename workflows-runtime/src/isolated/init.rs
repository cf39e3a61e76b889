//! Where a program hands over to the worker that it may be.

use super::{registry::Registry, serve::serve};
use crate::process::{initialize, initialize_test, is_worker};

/// Lets this program execute isolated code in other processes. Call it first in `main`.
///
/// In a process that was started for isolated code, it creates the registry, executes calls, and never returns. In all
/// others it returns at once, without calling `registry`.
///
/// The other process is this program with the same arguments, up to this call. So what comes before it in `main` is
/// executed once for each process. Under `#[tokio::main]`, call it first as well.
///
/// Without this call, isolated code fails with [`IsolatedError::NotInitialized`](super::IsolatedError::NotInitialized),
/// and no process is started. A process that passes it by, because the call depends on a condition, is ended when it
/// starts a run or executors, and after 10 seconds otherwise.
///
/// # Panics
///
/// Does not panic. A panic of `registry` ends the process that was started, and the step with the text of the panic.
pub fn init(registry: impl FnOnce() -> Registry) {
    if is_worker() {
        serve(registry);
    }
    initialize(|| std::env::args_os().skip(1).collect());
}

/// The code of [`worker_test!`](super::worker_test).
#[doc(hidden)]
pub fn init_in_test(path: &str, registry: impl FnOnce() -> Registry) {
    if is_worker() {
        serve(registry);
    }
    // The harness names tests without the crate.
    initialize_test(path.split_once("::").map_or(path, |(_, test)| test));
}

/// Declares a test that lets the tests of this binary execute isolated code: the counterpart of [`init`] where `main`
/// belongs to the test harness.
///
/// Call the function that it declares first in each test with isolated code. In a process that was started for
/// isolated code, the harness executes nothing but this test.
///
/// ```
/// use workflows_runtime::{isolated, isolated::Registry, prelude::*};
///
/// #[blocking(cpu, isolated)]
/// fn double(number: u64) -> u64 {
///     number * 2
/// }
///
/// isolated::worker_test!(worker, Registry::new().function(double));
///
/// # #[cfg(test)]
/// #[tokio::test]
/// async fn double_runs_in_another_process() {
///     worker();
///     assert_eq!(double(21).await, 42);
/// }
/// # fn main() {}
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __worker_test {
    ($name:ident, $registry:expr $(,)?) => {
        #[test]
        fn $name() {
            $crate::isolated::init_in_test(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!($name)),
                || $registry,
            );
        }
    };
}

pub use __worker_test as worker_test;
