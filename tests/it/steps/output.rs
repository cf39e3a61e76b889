//! Step outputs: `Option`, `()`, tuples, `Result`, loops and `Stop`.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, LogOnDrop, failure, ms, stalled};

#[tokio::test(start_paused = true)]
async fn option_emits_or_ends_its_branch() {
    #[event]
    struct Big(u32);

    #[workflow]
    struct Filter;
    #[workflow]
    impl Filter {
        #[step]
        async fn look(&self, Start(n): Start<u32>) -> Option<Big> {
            (n > 10).then_some(Big(n))
        }
        #[step]
        async fn end(&self, Big(n): Big) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Filter.run(11).await.unwrap(), 11);
    assert!(stalled(Filter.run(9).await.unwrap_err()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn step_without_return_type_emits_nothing() {
    #[workflow]
    struct Watch {
        log: Log<u32>,
    }
    #[workflow]
    impl Watch {
        #[step]
        async fn note(&self, Start(n): Start<u32>) {
            self.log.add(n);
        }
        #[step]
        async fn end(&self, _start: Start<u32>) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    Watch { log: log.clone() }.run(5).await.unwrap();
    assert_eq!(log.take(), [5]);
}

#[tokio::test(start_paused = true)]
async fn tuple_emits_every_member() {
    #[event]
    struct A(u8);
    #[event]
    struct B(u8);
    #[event]
    struct C(u8);

    #[workflow]
    struct Three;
    #[workflow]
    impl Three {
        #[step]
        async fn split(&self, Start(n): Start<u8>) -> (A, B, C) {
            (A(n), B(n + 1), C(n + 2))
        }
        #[step]
        async fn join(&self, C(c): C, A(a): A, B(b): B) -> Stop<[u8; 3]> {
            Stop([a, b, c])
        }
    }
    assert_eq!(Three.run(1).await.unwrap(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn result_emits_or_fails_the_step() {
    // Any error converts into a `StepError`, and keeps its type.
    #[workflow]
    struct Parse;
    #[workflow]
    impl Parse {
        #[step]
        async fn parse(&self, Start(text): Start<String>) -> StepResult<Stop<i32>> {
            Ok(Stop(text.parse()?))
        }
    }
    assert_eq!(Parse.run("12".to_owned()).await.unwrap(), 12);

    let error = Parse.run("twelve".to_owned()).await.unwrap_err();
    let RunError::Failed { step, attempts, source, .. } = error else { panic!() };
    assert_eq!((step, attempts, source.to_string().as_str()), ("parse", 1, "invalid digit found in string"));
    assert!(source.is::<std::num::ParseIntError>());
}

#[tokio::test(start_paused = true)]
async fn result_accepts_custom_error_types() {
    #[derive(Debug)]
    struct Broken;
    impl std::fmt::Display for Broken {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("it broke")
        }
    }
    impl std::error::Error for Broken {}

    #[event]
    struct Part(u8);

    #[workflow]
    struct Parts;
    #[workflow]
    impl Parts {
        #[step]
        async fn cut(&self, Start(n): Start<u8>) -> Result<Vec<Option<Part>>, Broken> {
            if n > 9 { Err(Broken) } else { Ok((0..n).map(|n| (n % 2 == 0).then_some(Part(n))).collect()) }
        }
        #[step]
        async fn glue(&self, parts: Vec<Part>) -> Stop<Vec<u8>> {
            Stop(parts.into_iter().map(|part| part.0).collect())
        }
    }
    assert_eq!(Parts.run(5).await.unwrap(), [0, 2, 4]);
    assert_eq!(failure(Parts.run(10).await.unwrap_err()), ("cut", "it broke".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn failed_output_element_emits_nothing() {
    #[event]
    struct Item(u32);

    #[workflow]
    struct Half {
        log: Log<u32>,
    }
    #[workflow]
    impl Half {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<StepResult<Item>> {
            vec![Ok(Item(1)), Err(StepError::msg("bad item")), Ok(Item(3))]
        }
        #[step]
        async fn item(&self, Item(n): Item) {
            self.log.add(n);
        }
        #[step]
        async fn gather(&self, _all: Vec<Item>) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    let error = Half { log: log.clone() }.run(()).await.unwrap_err();
    assert_eq!(failure(error), ("fan", "bad item".to_owned()));
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn loop_runs_until_its_exit_branch() {
    #[event]
    struct Again(u32);

    #[workflow]
    struct Countdown;
    #[workflow]
    impl Countdown {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Again {
            Again(n)
        }
        #[step]
        async fn again(&self, Again(n): Again) -> OneOf<Again, Stop<bool>> {
            if n == 0 { Stop(true).emit() } else { Again(n - 1).emit() }
        }
    }
    assert!(Countdown.run(3).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn loop_of_a_million_events_completes() {
    #[event]
    struct Again(u32);

    #[workflow]
    struct Countdown;
    #[workflow]
    impl Countdown {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Again {
            Again(n)
        }
        #[step]
        async fn again(&self, Again(n): Again) -> OneOf<Again, Stop<u32>> {
            if n == 0 { Stop(0).emit() } else { Again(n - 1).emit() }
        }
    }
    assert_eq!(Countdown.run(1_000_000).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn first_stop_wins_and_drops_running_steps() {
    #[workflow]
    struct Race {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn slow(&self, _start: Start<()>) -> Stop<String> {
            let _dropped = LogOnDrop(self.log.clone(), "slow dropped");
            sleep(ms(20)).await;
            self.log.add("never");
            Stop("slow".to_owned())
        }
        #[step]
        async fn quick(&self, _start: Start<()>) -> Stop<String> {
            sleep(ms(10)).await;
            Stop("quick".to_owned())
        }
    }
    let log = Log::default();
    assert_eq!(Race { log: log.clone() }.run(()).await.unwrap(), "quick");
    assert_eq!(log.take(), ["slow dropped"]);
}

#[tokio::test(start_paused = true)]
async fn stop_discards_queued_events() {
    #[event]
    struct Item(u32);

    #[workflow]
    struct Queue {
        log: Log<u32>,
    }
    #[workflow]
    impl Queue {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..10).map(Item).collect()
        }
        #[step(workers = 2)]
        async fn work(&self, Item(n): Item) -> Option<Stop<u32>> {
            self.log.add(n);
            sleep(ms(if n == 1 { 15 } else { 10 })).await;
            (n == 1).then_some(Stop(n))
        }
    }
    let log = Log::default();
    assert_eq!(Queue { log: log.clone() }.run(()).await.unwrap(), 1);
    assert_eq!(log.take(), [0, 1, 2]);
}
