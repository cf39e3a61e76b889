//! Resources and configs of generic workflows.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use workflows_runtime::prelude::*;
use workflows_tests::failure;

trait Provider: Send + Sync + 'static {
    type Session: Send + Sync + 'static;
    type Limits: Clone + Send + Sync + serde::de::DeserializeOwned + 'static;
    type Error: Into<StepError>;

    fn open(&self) -> impl Future<Output = Result<Self::Session, Self::Error>> + Send;
    fn ask(session: &Self::Session, limits: &Self::Limits) -> u32;
}

/// Counts its sessions.
struct Counter(AtomicU32);

#[derive(Clone, Deserialize)]
struct Limits {
    most: u32,
}

impl Provider for Counter {
    type Session = u32;
    type Limits = Limits;
    type Error = io::Error;

    async fn open(&self) -> io::Result<u32> {
        Ok(10 + self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn ask(session: &u32, limits: &Limits) -> u32 {
        session + limits.most
    }
}

struct Broken;

impl Provider for Broken {
    type Session = String;
    type Limits = serde_json::Value;
    type Error = io::Error;

    async fn open(&self) -> io::Result<String> {
        Err(io::Error::other("offline"))
    }

    fn ask(_: &String, _: &serde_json::Value) -> u32 {
        0
    }
}

#[workflow]
struct Query<P> {
    provider: Arc<P>,
}

#[workflow]
impl<P: Provider> Query<P> {
    #[resource]
    async fn session(&self) -> Result<P::Session, P::Error> {
        self.provider.open().await
    }

    #[resource(cached = false)]
    #[blocking(io)]
    fn shared(&self, #[resource(session)] session: &P::Session) -> Arc<P> {
        let _ = session;
        Arc::clone(&self.provider)
    }

    #[resource]
    async fn name() -> String {
        "query".to_owned()
    }

    #[step]
    async fn ask(
        &self,
        #[resource(session)] session: &P::Session,
        #[resource(shared)] provider: &Arc<P>,
        #[resource(name)] name: &str,
        #[config("tests/resources/app.json", select = "limits")] limits: &P::Limits,
        #[config("tests/resources/app.json", select = "limits")] copied: P::Limits,
        Start(n): Start<u32>,
    ) -> Stop<(u32, String)> {
        assert!(Arc::ptr_eq(provider, &self.provider));
        assert_eq!(P::ask(session, limits), P::ask(session, &copied));
        Stop((n + P::ask(session, limits), name.to_owned()))
    }
}

#[tokio::test]
async fn resource_type_may_depend_on_a_parameter() {
    let query = Arc::new(Query { provider: Arc::new(Counter(AtomicU32::new(0))) });
    query.check_resources().await.unwrap();
    let first = query.clone().run(100).await.unwrap();
    let second = query.clone().run(100).await.unwrap();
    assert_eq!(first, second, "the instance has one session");
    assert_eq!(query.provider.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn resources_are_kept_apart_by_type() {
    let fine = Arc::new(Query { provider: Arc::new(Counter(AtomicU32::new(0))) });
    let broken = Arc::new(Query { provider: Arc::new(Broken) });
    fine.clone().run(1).await.unwrap();
    let (step, message) = failure(broken.clone().run(1).await.unwrap_err());
    assert_eq!(step, "ask");
    assert!(message.contains("offline"), "{message}");
    let errors = broken.check_resources().await.unwrap_err();
    assert!(errors.to_string().contains("resource `session`"), "{errors}");
    assert_eq!(fine.run(1).await.unwrap().1, "query");
}
