//! Errors keep their chain: through resources, children, handlers, threads and snapshots.

use super::{NoPort, no_port, texts};
use std::{io, sync::Arc};
use workflows_runtime::{ConfigError, Panicked, ResourceError, prelude::*};
use workflows_tests::{Log, failure};

#[event]
struct InTask;
#[event]
struct OnThread;
#[event]
struct Panics;
#[event]
struct Reads;

struct Client;
struct Pool;
struct Broken;
struct Session;

/// Each step fails in another kind of resource.
#[workflow]
#[derive(Default)]
struct Connect {
    log: Log<&'static str>,
}

#[workflow]
impl Connect {
    #[resource]
    async fn client(&self) -> Result<Client, NoPort> {
        self.log.add("client");
        Err(no_port())
    }
    #[resource]
    async fn session(#[resource(client)] _: &Client) -> Session {
        Session
    }
    #[resource]
    #[blocking(io)]
    fn pool(&self) -> anyhow::Result<Pool> {
        self.log.add("pool");
        Err(anyhow::Error::from(no_port()).context("no pool"))
    }
    #[resource]
    #[blocking(io)]
    fn broken(&self) -> Broken {
        self.log.add("broken");
        panic!("it broke")
    }

    #[step]
    async fn begin(&self, Start(at): Start<u8>) -> OneOf<InTask, OnThread, Panics, Reads> {
        match at {
            0 => InTask.emit(),
            1 => OnThread.emit(),
            2 => Panics.emit(),
            _ => Reads.emit(),
        }
    }
    #[step(retry = Retry::immediate().caused_by::<NoPort>())]
    async fn task(&self, #[resource(session)] _: &Session, _: InTask) -> Stop<()> {
        Stop(())
    }
    #[step(retry = Retry::immediate().on::<NoPort>())]
    async fn thread(&self, #[resource(pool)] _: &Pool, _: OnThread) -> Stop<()> {
        Stop(())
    }
    #[step(retry = Retry::immediate().caused_by::<Panicked>())]
    async fn panics(&self, #[resource(broken)] _: &Broken, _: Panics) -> Stop<()> {
        Stop(())
    }
    #[step(retry = Retry::immediate().caused_by::<io::Error>().caused_by::<ConfigError>())]
    async fn reads(&self, #[config("missing.json")] _: &u8, _: Reads) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn cause_of_a_resource_error_is_found_and_retried() {
    let workflow = Arc::new(Connect::default());
    let run = async |at| {
        let error = Arc::clone(&workflow).run(at).await.unwrap_err();
        assert!(error.is::<ResourceError>());
        assert!(matches!(error, RunError::Failed { attempts: 3, .. }), "{error}");
        (error, workflow.log.take())
    };
    let (error, calls) = run(0).await;
    assert_eq!((error.find(), error.find()), (Some(&no_port()), Some(&no_port().0)));
    assert_eq!(calls, ["client"; 3]);

    let (error, calls) = run(1).await;
    assert_eq!((error.find(), error.find()), (Some(&no_port()), Some(&no_port().0)));
    assert_eq!(calls, ["pool"; 3]);
    assert_eq!(
        error.report().to_string(),
        "step `thread` failed after 3 attempts: resource `pool` (thread → pool): no pool\n  \
           caused by: no port\n  \
           caused by: invalid digit found in string"
    );

    let (error, calls) = run(2).await;
    assert_eq!(error.find(), Some(&Panicked("it broke".to_owned())));
    assert_eq!(calls, ["broken"; 3]);

    let (error, _) = run(3).await;
    assert!(matches!(error.find(), Some(ConfigError::Unreadable { .. })));
    assert_eq!(error.find::<io::Error>().unwrap().kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn causes_of_checked_resources_are_found() {
    let errors = Arc::new(Connect::default()).check_resources().await.unwrap_err();
    assert_eq!(errors.iter().count(), 4);
    assert_eq!((errors.find(), errors.find::<Panicked>().is_some()), (Some(&no_port()), true));
    assert!(errors.find::<io::Error>().is_some() && errors.find::<std::fmt::Error>().is_none());

    // As the error of a step, the first one is the cause.
    let error = StepError::from(errors);
    assert_eq!(error.find(), Some(&no_port()));
    let all = error.to_string();
    assert!(all.starts_with("resource `client` (task → session → client): no port\n"), "{all}");
}

/// Runs [`Connect`] as a child, on a thread for blocking code, or with a panic there.
#[workflow]
struct Parent;

#[event]
struct Block(bool);

#[workflow]
impl Parent {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(at): Start<u8>) -> StepResult<Block> {
        match at {
            0 => ctx.run_child(Connect::default(), 1).await?,
            _ => ctx.run_child(Grandchild, 0).await?,
        }
        Ok(Block(at == 2))
    }
    #[step]
    #[blocking(io)]
    fn block(&self, Block(panics): Block) -> Result<Stop<()>, NoPort> {
        assert!(!panics, "{}", no_port());
        Err(no_port())
    }
}

#[workflow]
struct Grandchild;

#[workflow]
impl Grandchild {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(at): Start<u8>) -> Result<Stop<()>, RunError> {
        ctx.run_child(Connect::default(), at).await.map(Stop)
    }
}

#[tokio::test]
async fn causes_are_found_through_children_and_grandchildren() {
    for at in [0, 1] {
        let error = Parent.run(at).await.unwrap_err();
        assert!(error.is::<RunError>() && error.find::<ResourceError>().is_some());
        assert_eq!((error.find(), error.find()), (Some(&no_port()), Some(&no_port().0)));
    }
    let error = Parent.run(1).await.unwrap_err();
    assert_eq!(
        error.report().to_string(),
        "step `call` failed: step `call` failed: step `task` failed after 3 attempts: \
         resource `client` (task → session → client): no port\n  \
           caused by: invalid digit found in string"
    );
}

#[tokio::test]
async fn errors_and_panics_of_threads_keep_their_types() {
    #[workflow]
    struct Thread;

    #[workflow]
    impl Thread {
        #[step]
        #[blocking(cpu)]
        fn compute(&self, Start(panics): Start<bool>) -> Result<Stop<()>, NoPort> {
            assert!(!panics, "{}", no_port());
            Err(no_port())
        }
    }
    let error = Thread.run(false).await.unwrap_err();
    assert_eq!((error.downcast_ref(), error.find()), (Some(&no_port()), Some(&no_port().0)));
    let error = Thread.run(true).await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Panicked("no port".to_owned())));
    assert_eq!(failure(error), ("compute", "panicked: no port".to_owned()));
}

/// Fails with a type that the handler knows; the handler waits before it uses it.
#[workflow(stream = (Option<String>, Vec<String>))]
struct Recovers;

#[workflow]
impl Recovers {
    #[step(retry = Retry::immediate().max_attempts(2))]
    async fn connect(&self, Start(at): Start<u8>) -> anyhow::Result<Stop<bool>> {
        match at {
            0 => Err(no_port().into()),
            1 => Err(anyhow::Error::from(no_port()).context("cannot connect")),
            _ => panic!("it broke"),
        }
    }
    #[catch_error]
    async fn explain(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, failed: StepFailed) -> Stop<bool> {
        let error = failed.error;
        let found = error.find::<NoPort>().is_some() || error.find::<Panicked>().is_some();
        ctx.publish((error.type_name().map(str::to_owned), texts(&error)));
        ctx.wait_for::<bool>().await;
        Stop(found)
    }
}

#[tokio::test(start_paused = true)]
async fn handler_receives_the_chain_and_after_a_resume_its_texts() {
    let expected: [(&str, &[&str]); 3] = [
        ("anyhow::Error", &["no port", "invalid digit found in string"]),
        ("anyhow::Error", &["cannot connect", "no port", "invalid digit found in string"]),
        ("workflows_runtime::Panicked", &["panicked: it broke"]),
    ];
    for (at, (name, texts)) in (0..).zip(expected) {
        let assert_published = |event| {
            let Some(RunEvent::<Recovers>::Published((seen, all))) = event else { panic!("{event:?}") };
            assert_eq!(seen.as_deref(), Some(name));
            assert_eq!(all, texts);
        };
        let run = Recovers.run(at).start();
        assert_published(run.events().next().await);
        let snapshot = run.snapshot().await.unwrap();
        run.send(HumanResponse(true)).unwrap();
        assert!(run.await.unwrap(), "the handler found the error");

        // Once through a format with names, once through one with positions.
        let json = serde_json::to_string(&snapshot).unwrap();
        assert!(json.contains(&format!("\"type_name\":\"{name}\"")), "{json}");
        let bytes = postcard::to_stdvec(&snapshot).unwrap();
        for snapshot in [serde_json::from_str(&json).unwrap(), postcard::from_bytes(&bytes).unwrap()] {
            let run = Recovers.resume(snapshot).start();
            assert_published(run.events().next().await);
            run.send(HumanResponse(true)).unwrap();
            assert!(!run.await.unwrap(), "types are lost");
        }
    }
}
