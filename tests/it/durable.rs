//! Runs that are recorded: what is durable before what, and that a crash at any record changes nothing.

use crate::snapshot::crash::{Everything, respond};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tokio::{sync::Notify, time::sleep};
use workflows_runtime::{
    PromptId, RunHandle,
    durable::{Durable, Journal, Prepared, Receipt, Record, deliver, is_released, park, read, release, shared},
    prelude::*,
    remote::External,
};
use workflows_tests::{Log, ms, yield_once};

/// What a store has of one run, over all its lives.
#[derive(Debug, Default)]
struct Disk {
    snapshot: Option<String>,
    ticks: Vec<String>,
    graph: String,
    items: Vec<String>,
    prompts: BTreeMap<PromptId, String>,
    taken: Vec<u64>,
    due: Option<SystemTime>,
    end: Option<Result<String, String>>,
    records: usize,
}

/// A journal that stores records a moment later, and crashes at one of them.
struct TestJournal {
    disk: Arc<Mutex<Disk>>,
    /// The record of this life at which the process dies, and whether it is stored before.
    crash: Option<(usize, bool)>,
    life: Mutex<usize>,
    crashed: Arc<Notify>,
    /// Receipts that nothing confirms.
    lost: Mutex<Vec<Receipt>>,
}

impl TestJournal {
    fn new(disk: &Arc<Mutex<Disk>>, crash: Option<(usize, bool)>) -> Arc<Self> {
        Arc::new(Self {
            disk: Arc::clone(disk),
            crash,
            life: Mutex::new(0),
            crashed: Arc::default(),
            lost: Mutex::default(),
        })
    }
}

impl Disk {
    fn store(&mut self, record: Record) {
        assert!(self.end.is_none(), "nothing is recorded after the end");
        self.records += 1;
        self.items.extend(record.items.into_iter().map(|item| item.body));
        for id in record.closed {
            assert!(self.prompts.remove(&id).is_some(), "prompt {id} was open");
        }
        for (id, prompt) in record.opened {
            assert_eq!(self.prompts.insert(id, prompt), None, "prompt {id} was not open");
        }
        self.taken.extend(record.taken);
        if record.snapshot.is_some() || record.ticks.is_some() {
            self.due = record.due;
        }
        if record.snapshot.is_some() {
            self.snapshot = record.snapshot;
            self.ticks.clear();
        }
        if let Some(ticks) = record.ticks {
            self.ticks.push(ticks);
        }
        self.end = record.end.map(|end| end.map_err(|error| error.to_string()));
    }
}

impl Journal for TestJournal {
    fn record(&self, record: Record, receipt: Receipt) {
        let mut life = self.life.lock().unwrap();
        *life += 1;
        match self.crash {
            Some((at, is_stored)) if *life >= at => {
                if *life == at && is_stored {
                    self.disk.lock().unwrap().store(record);
                }
                self.lost.lock().unwrap().push(receipt);
                self.crashed.notify_one();
            }
            _ => {
                let disk = Arc::clone(&self.disk);
                tokio::spawn(async move {
                    sleep(ms(1)).await;
                    disk.lock().unwrap().store(record);
                    receipt.confirm();
                });
            }
        }
    }
}

/// Starts a run, or resumes it from the disk.
fn begin<W: Durable>(workflow: &Arc<W>, input: W::Input, journal: &Arc<TestJournal>) -> RunHandle<W> {
    let stored = {
        let disk = journal.disk.lock().unwrap();
        disk.snapshot.clone().map(|snapshot| (snapshot, disk.graph.clone(), disk.ticks.clone()))
    };
    let run = match &stored {
        Some((snapshot, graph, ticks)) => workflow.resume(read::<W>(snapshot, graph, ticks).unwrap().snapshot),
        None => workflow.run(input),
    };
    let prepared = Prepared::new(run, Arc::<TestJournal>::clone(journal)).unwrap();
    if stored.is_none() {
        let mut disk = journal.disk.lock().unwrap();
        disk.snapshot = Some(prepared.snapshot().unwrap());
        disk.graph = prepared.graph();
    }
    prepared.start()
}

/// Lets a run live until it crashes.
async fn one_life(disk: &Arc<Mutex<Disk>>, crash: Option<(usize, bool)>) -> Option<(u32, Vec<u32>)> {
    let journal = TestJournal::new(disk, crash);
    let run = begin(&shared(Everything { tap: None }), 2, &journal);
    let ended = tokio::select! {
        ended = respond(&run) => Some(ended),
        () = journal.crashed.notified() => None,
    };
    if ended.is_none() {
        release(&run);
        // An end that is being stored is awaited.
        journal.lost.lock().unwrap().clear();
        let _ = run.result().await;
    }
    ended
}

/// Crashes at every `stride`th record, and at the second one of the next life.
async fn crash_at_records(stride: usize) {
    let expected = respond(&Everything { tap: None }.run(2).start()).await;
    let disk = Arc::new(Mutex::new(Disk::default()));
    assert_eq!(one_life(&disk, None).await.as_ref(), Some(&expected), "a journal does not affect the run");
    let records = disk.lock().unwrap().records;
    assert!(records > 40, "{records}");

    let (mut points, mut crashes) = (0, 0);
    for (number, at) in (1..=records).flat_map(|at| [(2 * at, at), (2 * at + 1, at)]) {
        if number % stride != 0 {
            continue;
        }
        points += 1;
        let is_stored = number % 2 == 1;
        let disk = Arc::new(Mutex::new(Disk::default()));
        let mut lives = [Some((at, is_stored)), Some((2, is_stored)), None].into_iter();
        let ended = loop {
            match one_life(&disk, lives.next().flatten()).await {
                Some(ended) => break ended,
                None => crashes += 1,
            }
            if disk.lock().unwrap().end.is_some() {
                // The result was stored, and never reported.
                break expected.clone();
            }
        };
        assert_eq!(ended, expected, "crashed at record {at}, stored: {is_stored}");
        let end = disk.lock().unwrap().end.clone().unwrap().unwrap();
        assert_eq!(end, serde_json::to_string(&expected.0).unwrap());
    }
    // The last records have no second one after them.
    assert!(crashes + 4 >= 2 * points, "{crashes} crashes at {points} points");
}

#[tokio::test(start_paused = true)]
async fn crash_at_some_records_does_not_change_the_result() {
    crash_at_records(23).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "takes minutes"]
async fn crash_at_any_record_does_not_change_the_result() {
    crash_at_records(1).await;
}

#[event]
struct Counted(u32);

/// Notes what it does, in order.
#[workflow(state = u32, stream = u32)]
struct Noted {
    log: Log<String>,
}

#[workflow]
impl Noted {
    #[step]
    async fn first(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Counted {
        self.log.add("first".into());
        ctx.publish(n);
        ctx.state().update(|state| *state += n);
        yield_once().await;
        Counted(n + 1)
    }
    #[step]
    async fn second(&self, Counted(n): Counted) -> InputRequired<u32> {
        self.log.add("second".into());
        InputRequired(n)
    }
    #[step]
    async fn last(&self, ctx: &Context<Self>, HumanResponse(n): HumanResponse<u32>) -> Stop<u32> {
        self.log.add("last".into());
        Stop(n + ctx.state().get())
    }
}

/// A journal that confirms a record when the test says so.
#[derive(Default)]
struct ManualJournal(Mutex<Vec<(Record, Receipt)>>);

impl Journal for ManualJournal {
    fn record(&self, record: Record, receipt: Receipt) {
        self.0.lock().unwrap().push((record, receipt));
    }
}

impl ManualJournal {
    /// Waits for the next record.
    async fn next(&self) -> (Record, Receipt) {
        for _ in 0..1000 {
            if let Some(next) = self.0.lock().unwrap().pop() {
                return next;
            }
            sleep(ms(1)).await;
        }
        panic!("nothing is recorded");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_follows_from_an_unconfirmed_record() {
    let log = Log::default();
    let journal = Arc::new(ManualJournal::default());
    let run = Noted { log: log.clone() }.run(5);
    let run = Prepared::new(run, Arc::<ManualJournal>::clone(&journal)).unwrap();
    assert!(log.take().is_empty());
    let run = run.start();
    let mut events = run.events();

    let (items, receipt) = journal.next().await;
    assert_eq!(log.take(), ["first"], "what the run starts with is durable");
    let bodies: Vec<_> = items.items.into_iter().map(|item| item.body).collect();
    assert_eq!((bodies, items.snapshot), (vec!["5".to_owned()], None), "an item is recorded at once");
    receipt.confirm();
    assert!(matches!(events.next().await, Some(RunEvent::Published(5))));

    let (returned, receipt) = journal.next().await;
    assert!(returned.snapshot.is_some());
    sleep(ms(100)).await;
    assert!(log.take().is_empty(), "the next step begins once the outcome is durable");
    receipt.confirm();

    let (asked, receipt) = journal.next().await;
    assert_eq!(log.take(), ["second"]);
    let prompts = asked.opened;
    assert_eq!(prompts[0].1, "6");
    sleep(ms(100)).await;
    assert!(run.open_prompts().is_empty(), "it is open once it is durable");
    assert!(run.answer(prompts[0].0, 1_u32).is_err());
    receipt.confirm();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { .. })));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));

    deliver(&run, External::answer(prompts[0].0, 7_u32), 41).unwrap();
    let (answered, receipt) = journal.next().await;
    assert_eq!(answered.taken, [41], "the answer is a part of the record");
    assert_eq!((answered.opened.len(), answered.closed), (0, vec![prompts[0].0]));
    assert!(log.take().is_empty());
    receipt.confirm();

    let (ended, receipt) = journal.next().await;
    assert_eq!(log.take(), ["last"]);
    assert_eq!(ended.end.unwrap().unwrap(), "12");
    sleep(ms(100)).await;
    assert!(!run.is_finished(), "the result is reported once it is durable");
    receipt.confirm();
    assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
    assert_eq!(run.await.unwrap(), 12);
}

#[tokio::test(start_paused = true)]
async fn run_without_a_receipt_is_released_without_an_end() {
    let journal = Arc::new(ManualJournal::default());
    let run =
        Prepared::new(Noted { log: Log::default() }.run(5), Arc::<ManualJournal>::clone(&journal)).unwrap().start();
    drop(journal.next().await);
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    sleep(ms(100)).await;
    assert!(journal.0.lock().unwrap().is_empty(), "a run that continues elsewhere has no end here");
}

#[tokio::test(start_paused = true)]
async fn run_with_an_unconfirmed_record_is_not_parked() {
    let log = Log::default();
    let journal = Arc::new(ManualJournal::default());
    let run = Prepared::new(Noted { log: log.clone() }.run(5), Arc::<ManualJournal>::clone(&journal)).unwrap().start();
    let mut asked = Vec::new();
    // An item, the outcome of the first step, and the prompt of the second one.
    for what in ["item", "outcome", "prompt"] {
        let (record, receipt) = journal.next().await;
        assert!(!park(&run, Vec::new(), ms(0)).await, "the {what} is not durable");
        asked = record.opened;
        receipt.confirm();
    }
    let mut events = run.events();
    while !matches!(events.next().await, Some(RunEvent::Idle)) {}
    let prompt = asked[0].0;

    deliver(&run, External::answer(prompt, 7_u32), 41).unwrap();
    assert!(!park(&run, Vec::new(), ms(0)).await, "the answer is not recorded");
    let (answered, receipt) = journal.next().await;
    assert_eq!(answered.taken, [41]);
    assert!(!park(&run, Vec::new(), ms(0)).await, "the answer is not durable");
    receipt.confirm();
    let (ended, receipt) = journal.next().await;
    assert!(!park(&run, Vec::new(), ms(0)).await, "it has ended");
    assert!(!is_released(&run));
    assert_eq!(ended.end.unwrap().unwrap(), "12");
    receipt.confirm();
    assert_eq!(run.await.unwrap(), 12);
}

#[tokio::test(start_paused = true)]
async fn parked_run_records_nothing_more() {
    let log = Log::default();
    let journal = Arc::new(ManualJournal::default());
    let run = Prepared::new(Noted { log: log.clone() }.run(5), Arc::<ManualJournal>::clone(&journal)).unwrap().start();
    let mut asked = Vec::new();
    for _ in 0..3 {
        let (record, receipt) = journal.next().await;
        asked = record.opened;
        receipt.confirm();
    }
    let mut events = run.events();
    while !matches!(events.next().await, Some(RunEvent::Idle)) {}
    assert!(park(&run, Vec::new(), ms(0)).await);
    assert!(is_released(&run));
    // It is stored under its number, and counts in the next life.
    assert!(deliver(&run, External::answer(asked[0].0, 7_u32), 41).is_err());
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    sleep(ms(100)).await;
    assert!(journal.0.lock().unwrap().is_empty());
    assert_eq!(log.take(), ["first", "second"]);
}

/// Works for 2 s, which its step may not.
#[workflow]
struct Slow;

#[workflow]
impl Slow {
    #[step(timeout = "1s")]
    async fn work(&self, Start(n): Start<u32>) -> Stop<u32> {
        sleep(ms(2_000)).await;
        Stop(n)
    }
}

#[tokio::test(start_paused = true)]
async fn overridden_options_are_a_part_of_the_first_snapshot() {
    let disk = Arc::new(Mutex::new(Disk::default()));
    let journal = TestJournal::new(&disk, None);
    let flow = &shared(Slow);
    let run = flow.run(7).configure(|steps| steps.work.timeout(ms(5_000)));
    let prepared = Prepared::new(run, Arc::<TestJournal>::clone(&journal)).unwrap();
    let (snapshot, graph) = (prepared.snapshot().unwrap(), prepared.graph());
    // The process dies before the first step.
    drop(prepared);

    let snapshot = read::<Slow>(&snapshot, &graph, &[""; 0]).unwrap().snapshot;
    let resumed = Prepared::new(flow.resume(snapshot), Arc::<TestJournal>::clone(&journal)).unwrap();
    assert_eq!(resumed.start().await.unwrap(), 7);

    let declared = Prepared::new(flow.run(7), journal).unwrap();
    assert!(declared.start().await.is_err(), "the step takes longer than it declares");
}

#[tokio::test(start_paused = true)]
async fn journaled_run_can_be_traced() {
    let disk = Arc::new(Mutex::new(Disk::default()));
    let journal = TestJournal::new(&disk, None);
    let run = Noted { log: Log::default() }.run(5).record_trace(100);
    let run = Prepared::new(run, Arc::<TestJournal>::clone(&journal)).unwrap().start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { id, .. } = event {
            run.answer(id, 7_u32).unwrap();
        }
    }
    assert_eq!(run.result().await.unwrap(), 12);
    let trace = run.trace().unwrap();
    let completed: Vec<_> = trace.steps.iter().map(|step| (step.step.as_str(), step.completed)).collect();
    assert_eq!(completed, [("first", 1), ("second", 1), ("last", 1)]);
}
