//! Several `impl`s of which one remains.

use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    #[step]
    async fn publish(&self, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

#[cfg(any())]
#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }
}

#[workflow]
struct Reader;

#[cfg(all())]
#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(topic)
    }
}

#[cfg(not(all()))]
#[workflow]
impl Reader {
    #[step]
    async fn show(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(topic)
    }
}

#[workflow]
struct Printer;

#[cfg(any())]
#[workflow]
impl Printer {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }
}

#[cfg(not(any()))]
#[workflow]
impl Printer {
    #[step]
    async fn show(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(topic)
    }
}

fn main() {
    drop(Writer.run("rust".to_owned()));
    drop(Reader.run("rust".to_owned()));
    drop(Printer.run("rust".to_owned()));
}
