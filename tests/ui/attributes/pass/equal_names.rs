//! Several types with one name, each with one `#[workflow]` impl. The last ones exclude each other.

use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

// impl Hello {

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(format!("{}, {name}", self.word()))
    }
}

impl Hello {
    fn word(&self) -> &'static str {
        "hello"
    }
}

mod inner {
    use workflows_runtime::prelude::*;

    #[workflow]
    pub struct Hello;

    #[workflow]
    impl Hello {
        #[step]
        async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
            Stop(name)
        }
    }
}

#[workflow]
struct Configured;

#[cfg(unix)]
#[workflow]
impl Configured {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

#[cfg(not(unix))]
#[workflow]
impl Configured {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

#[workflow]
struct ConfiguredSteps;

#[workflow]
impl ConfiguredSteps {
    #[cfg(unix)]
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[cfg(not(unix))]
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name.to_uppercase())
    }
}

async fn run() {
    #[workflow]
    struct Hello;

    #[workflow]
    impl Hello {
        #[step]
        async fn greet(&self, Start(name): Start<String>) -> Stop<usize> {
            Stop(name.len())
        }
    }

    let _: usize = Hello.run("rust".to_owned()).await.unwrap();
    let _: String = self::Hello.run("rust".to_owned()).await.unwrap();
    let _: String = inner::Hello.run("rust".to_owned()).await.unwrap();
    let _: String = ConfiguredSteps.run("rust".to_owned()).await.unwrap();
    let _: String = Configured.run("rust".to_owned()).await.unwrap();
}

fn main() {
    let _ = run;
}
