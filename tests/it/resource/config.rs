//! `#[config]`: files, selectors and types.

use super::{Limits, Next, Whole};
use std::{fs, sync::Arc};
use workflows_runtime::{ConfigError, ResourceError, prelude::*};
use workflows_tests::failure;

#[derive(Deserialize)]
struct LlmConfig {
    model: String,
}

#[workflow]
struct Configured;

#[workflow]
impl Configured {
    #[resource]
    async fn llm(#[config("tests/resources/app.json", select = "prod.llm")] config: &LlmConfig) -> String {
        config.model.clone()
    }

    #[step]
    async fn go(
        &self,
        #[config("tests/resources/app.json", select = "limits")] copied: Limits,
        #[config("tests/resources/app.json", select = "limits")] borrowed: &Limits,
        #[config("tests/resources/app.json")] whole: &Whole,
        #[resource(llm)] llm: &str,
        Start(()): Start<()>,
    ) -> Next {
        assert_eq!((&copied, &whole.limits), (borrowed, borrowed));
        assert_eq!(llm, "large");
        Next(copied.most)
    }

    #[step]
    #[blocking(io)]
    fn end(
        &self,
        Next(most): Next,
        #[config("tests/resources/app.json", select = "prod.flat")] flat: u32,
        #[config("tests/resources/app.json", select = "limits.names")] names: &Vec<String>,
    ) -> Stop<(u32, u32, usize)> {
        Stop((most, flat, names.len()))
    }
}

#[tokio::test]
async fn config_deserializes_the_selected_value() {
    assert_eq!(Configured.run(()).await.unwrap(), (10, 7, 2));
    // Reading a file also works with a paused clock.
    Arc::new(Configured).check_resources().await.unwrap();
}

/// Runs a workflow with one config, and checks its error message.
macro_rules! fails {
    ($name:ident, $config:meta, $ty:ty, $expected:literal) => {{
        #[workflow]
        struct $name;

        #[workflow]
        impl $name {
            #[resource]
            async fn inner(#[$config] _: &$ty) -> u32 {
                1
            }

            #[step]
            async fn go(&self, #[resource(inner)] _: &u32, Start(()): Start<()>) -> Stop<()> {
                Stop(())
            }
        }

        let error = $name.run(()).await.unwrap_err();
        let RunError::Failed { step: "go", source, .. } = &error else { panic!("{error}") };
        let inner: &ResourceError = source.downcast_ref().unwrap();
        assert!(inner.cause().is::<ConfigError>());
        assert!(inner.file().unwrap().ends_with(".json"));
        let text = source.to_string();
        assert!(text.starts_with($expected), "{text}");
    }};
}

#[tokio::test]
async fn config_error_names_file_selector_and_chain() {
    fails!(
        Missing,
        config("tests/resources/missing.json"),
        Limits,
        "config `tests/resources/missing.json` (go → inner → tests/resources/missing.json): the file cannot be read: No such file"
    );
    fails!(
        Broken,
        config("tests/resources/broken.json", select = "limits"),
        Limits,
        "config `tests/resources/broken.json` at `limits` (go → inner → tests/resources/broken.json): the file is not JSON: EOF"
    );
    fails!(
        NoSegment,
        config("tests/resources/app.json", select = "prod.lmm.model"),
        Limits,
        "config `tests/resources/app.json` at `prod.lmm.model` (go → inner → tests/resources/app.json): there is no `prod.lmm`"
    );
    fails!(
        NoObject,
        config("tests/resources/app.json", select = "prod.flat.deep.er"),
        Limits,
        "config `tests/resources/app.json` at `prod.flat.deep.er` (go → inner → tests/resources/app.json): there is no `prod.flat.deep`: its parent is a number, not an object"
    );
    fails!(
        NoField,
        config("tests/resources/app.json", select = "prod.llm"),
        Limits,
        "config `tests/resources/app.json` at `prod.llm` (go → inner → tests/resources/app.json): it does not fit the parameter's type: missing field `most`"
    );
    fails!(
        NoNumber,
        config("tests/resources/app.json", select = "limits"),
        u32,
        "config `tests/resources/app.json` at `limits` (go → inner → tests/resources/app.json): it does not fit the parameter's type: invalid type: map, expected u32"
    );
}

#[workflow]
struct Written;

#[workflow]
impl Written {
    #[step]
    async fn go(
        &self,
        #[config("target/written_by_a_test.json", select = "one")] one: u32,
        Start(()): Start<()>,
    ) -> (Next, Other) {
        (Next(one), Other)
    }

    #[step]
    async fn then(
        &self,
        #[config("target/written_by_a_test.json", select = "two")] two: u32,
        Next(one): Next,
        _: Other,
    ) -> Stop<(u32, u32)> {
        Stop((one, two))
    }
}

#[event]
struct Other;

#[tokio::test]
async fn config_file_is_read_once_per_instance() {
    let file = "target/written_by_a_test.json";
    fs::create_dir_all("target").unwrap();
    let _ = fs::remove_file(file);
    let workflow = Arc::new(Written);
    let (step, text) = failure(Arc::clone(&workflow).run(()).await.unwrap_err());
    assert_eq!(step, "go");
    assert!(text.contains("(go → target/written_by_a_test.json)"), "{text}");

    // A failed read is not cached.
    fs::write(file, r#"{"one": 1, "two": 2}"#).unwrap();
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), (1, 2));
    fs::write(file, r#"{"one": 10, "two": 20}"#).unwrap();
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), (1, 2));
    assert_eq!(Written.run(()).await.unwrap(), (10, 20));
}
