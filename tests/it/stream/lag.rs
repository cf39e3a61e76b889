//! Event buffers: readers that are too late or too slow receive `Lagged`.

use super::Count;
use std::sync::Arc;
use workflows_runtime::prelude::*;
use workflows_tests::{events_of, kinds, let_others_run};

#[tokio::test(start_paused = true)]
async fn late_reader_receives_lagged() {
    let (workflow, go) = Count::new();
    let run = workflow.run(10).event_buffer(3).start();
    let_others_run().await;
    let mut late = run.events();
    assert!(matches!(late.next().await, Some(RunEvent::Lagged(7))));
    assert!(matches!(late.next().await, Some(RunEvent::Published(7))));
    go.notify_one();
    run.result().await.unwrap();
    assert!(matches!(late.next().await, Some(RunEvent::Published(8))));
    assert!(matches!(late.next().await, Some(RunEvent::Published(9))));
    assert!(matches!(late.next().await, Some(RunEvent::Ended(_))));
    assert!(late.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn slow_reader_receives_lagged() {
    let (workflow, go) = Count::new();
    let workflow = Arc::new(workflow);
    let run = workflow.run(1).event_buffer(2).start();
    let mut slow = run.events();
    assert!(matches!(slow.next().await, Some(RunEvent::Published(0))));
    go.notify_one();
    assert!(matches!(slow.next().await, Some(RunEvent::Ended(_))), "the reader keeps up");

    let run = Count::at_once().run(500).event_buffer(1).start();
    run.result().await.unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["lagged 500", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn last_event_is_kept_with_a_buffer_of_zero() {
    let run = Count::at_once().run(2).event_buffer(0).start();
    run.result().await.unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["lagged 2", "completed"]);
}
