//! Models of [`ResponseSlot`].

use super::response_slot::{RequestedResponse, ResponseSlot};
use crate::{
    sync::{model::check, thread},
    workflow::Generic,
};
use shuttle::future::block_on;
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

type Slot = Arc<ResponseSlot<Generic>>;

fn slot() -> Slot {
    Arc::new(ResponseSlot::new(Waker::noop().clone()))
}

// The first poll registers a waker that is stale when the wait has moved to another thread.
#[test]
fn slot_filled_while_it_is_polled_wakes_the_wait() {
    check(|| {
        let slot = slot();
        let filling = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || slot.fill(None))
        };
        assert!(block_on(poll_fn(|cx| slot.poll(cx.waker()))).is_none());
        filling.join().unwrap();
        let again = block_on(poll_fn(|cx| Poll::Ready(slot.poll(cx.waker()))));
        assert!(again.is_pending(), "a response is taken once");
    });
}

#[test]
fn request_dropped_by_its_driver_ends_the_wait() {
    check(|| {
        let slot = slot();
        let request = RequestedResponse::new(&slot);
        let dropping = thread::spawn(move || drop(request));
        assert!(block_on(poll_fn(|cx| slot.poll(cx.waker()))).is_none());
        dropping.join().unwrap();
    });
}
