//! Readers of a run's events, on threads of their own.

use super::Add;
use crate::{
    prelude::*,
    run::EventStream,
    sync::{model::check, thread},
};
use shuttle::future::block_on;
use std::sync::Arc;

/// The items and the end that a reader sees.
async fn read(mut events: EventStream<Add>) -> (Vec<u32>, RunOutcome) {
    let mut items = Vec::new();
    loop {
        match events.next().await.expect("`Ended` is the last event") {
            RunEvent::Published(item) => items.push(item),
            RunEvent::Ended(outcome) => {
                assert!(events.next().await.is_none(), "no event follows the end");
                return (items, outcome);
            }
            _ => {}
        }
    }
}

#[test]
fn readers_see_all_events_in_order() {
    check(|| {
        let run = Add.run(()).start();
        let readers = [run.events(), run.events()].map(|events| thread::spawn(move || block_on(read(events))));
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        for reader in readers {
            let (items, outcome) = reader.join().unwrap();
            assert_eq!(items, [1, 2]);
            assert!(matches!(outcome, RunOutcome::Completed));
        }
        assert!(run.is_finished(), "the result precedes `Ended`");
    });
}

// The run ends only if the reader is woken by its first event.
#[test]
fn reader_that_responds_to_an_event_is_woken_by_it() {
    check(|| {
        let run = Arc::new(Add.run(()).start());
        let reader = {
            let (run, mut events) = (Arc::clone(&run), run.events());
            thread::spawn(move || {
                while let Some(event) = block_on(events.next()) {
                    if let RunEvent::Published(1) = event {
                        run.send(HumanResponse(2)).unwrap();
                    }
                }
            })
        };
        run.send(HumanResponse(1)).unwrap();
        assert_eq!(block_on(run.result()).unwrap(), 3);
        reader.join().unwrap();
    });
}

#[test]
fn reader_dropped_while_it_waits_disturbs_no_other() {
    check(|| {
        let run = Add.run(()).start();
        let (mut dropped, kept) = (run.events(), run.events());
        let dropping = thread::spawn(move || {
            let first = block_on(dropped.next());
            drop(dropped);
            first.is_some()
        });
        let keeping = thread::spawn(move || block_on(read(kept)));
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        assert!(dropping.join().unwrap());
        assert_eq!(keeping.join().unwrap().0, [1, 2]);
    });
}

#[test]
fn slow_reader_counts_what_it_has_missed() {
    check(|| {
        let run = Add.run(()).event_buffer(1).start();
        let mut events = run.events();
        let reading = thread::spawn(move || {
            let (mut seen, mut ended) = (0, false);
            while let Some(event) = block_on(events.next()) {
                assert!(!ended);
                match event {
                    RunEvent::Lagged(missed) => seen += missed,
                    RunEvent::Ended(_) => ended = true,
                    _ => seen += 1,
                }
            }
            assert!(ended);
            seen
        });
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        // The two items; the run may also have reported that it is idle.
        assert!(reading.join().unwrap() >= 2);
    });
}
