//! Fields that are shared, some of them recursive, private or conditional.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, atomic::AtomicUsize},
};
use workflows_runtime::prelude::*;

mod inner {
    #[derive(Default)]
    pub(super) struct Private(#[allow(dead_code)] Vec<u8>);
}

#[workflow(max_runs = 2)]
#[derive(Default)]
pub struct Jokes {
    told: AtomicUsize,
    texts: Mutex<Vec<String>>,
    parent: Option<Arc<Jokes>>,
    child: Option<Box<Self>>,
    hook: Option<Box<dyn Fn() -> usize + Send + Sync>>,
    private: inner::Private,
    name: &'static str,
    #[cfg(any())]
    absent: Rc<RefCell<u8>>,
    #[cfg(all())]
    present: (u8, [u16; 3]),
}

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        // A body may use them while it does not await.
        let local = Rc::new(RefCell::new(text));
        Stop(local.borrow().clone())
    }
}

#[workflow]
enum Mode {
    Fast { retries: usize },
    Exact(Arc<Mode>),
}

#[workflow]
impl Mode {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        match self {
            Self::Fast { retries } => Stop(text.repeat(*retries)),
            Self::Exact(_) => Stop(text),
        }
    }
}

fn main() {
    let jokes = Jokes::default();
    drop(jokes.run("knock".to_owned()));
    let mode = Mode::Exact(Arc::new(Mode::Fast { retries: 1 }));
    drop(mode.run("knock".to_owned()));
}
