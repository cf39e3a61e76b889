//! `Run::configure`: options of steps that a run overrides.

use super::builder::Run;
use crate::workflow::{StepOptions, Workflow};

impl<W: Workflow> Run<W> {
    /// Overrides the `workers` or the `timeout` of a step in this run. Default: those in its `#[step(..)]`.
    ///
    /// The closure receives one [`StepOptions`] for each step, in a field of the step's name, and returns one of them.
    /// A name that is no step does not compile. Call the method again for another step; a later call replaces the same
    /// option of an earlier one.
    ///
    /// A snapshot contains the overridden options, and a resumed run keeps them, unless it is configured again. They
    /// apply to each attempt that starts after the resume.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Page { url: String }
    /// # #[event] struct Size { bytes: usize }
    /// # #[workflow] struct Measure;
    /// #[workflow]
    /// impl Measure {
    ///     #[step]
    ///     async fn list(&self, Start(urls): Start<Vec<String>>) -> Vec<Page> {
    ///         urls.into_iter().map(|url| Page { url }).collect()
    ///     }
    ///
    ///     #[step(timeout = "5s")]
    ///     async fn fetch(&self, page: Page) -> Size {
    ///         Size { bytes: page.url.len() }
    ///     }
    ///
    ///     #[step]
    ///     async fn sum(&self, sizes: Vec<Size>) -> Stop<usize> {
    ///         Stop(sizes.iter().map(|size| size.bytes).sum())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let urls = vec!["a.com".to_owned(), "b.org".to_owned()];
    /// let run = Measure.run(urls).configure(|steps| steps.fetch.workers(32).timeout(Duration::from_secs(60)));
    /// assert_eq!(run.await?, 10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(mut self, step: impl FnOnce(W::Steps) -> StepOptions) -> Self {
        let overridden = step(W::steps()).into_override();
        self.options().overrides.get_or_insert_default().add(overridden);
        self
    }
}
