//! A model of [`LazyShared`].

use super::lazy::LazyShared;
use crate::{
    sync::{model::check, thread},
    workflow::Generic,
};
use std::sync::Arc;

#[test]
fn shared_state_of_a_run_in_place_is_created_once() {
    check(|| {
        let lazy: Arc<LazyShared<'static, Generic>> = Arc::new(LazyShared::in_place(None));
        let threads = [(), ()].map(|()| {
            let lazy = Arc::clone(&lazy);
            thread::spawn(move || Arc::clone(lazy.get_or_init()))
        });
        let seen = lazy.get().cloned();
        let shared = lazy.get_or_init();
        for thread in threads {
            assert!(Arc::ptr_eq(&thread.join().unwrap(), shared));
        }
        if let Some(seen) = seen {
            assert!(Arc::ptr_eq(&seen, shared), "it is never replaced");
        }
    });
}
