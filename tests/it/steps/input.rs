//! Step inputs: routing by type, parameter order, `OneOf`, start events and responses.

use workflows_runtime::prelude::*;
use workflows_tests::Log;

#[tokio::test(start_paused = true)]
async fn event_is_routed_to_the_step_that_takes_it() {
    // Returned events are routed by their type; the start event too.
    #[event]
    struct Doubled(u32);

    #[workflow]
    struct Chain;
    #[workflow]
    impl Chain {
        #[step]
        async fn double(&self, Start(n): Start<u32>) -> Doubled {
            Doubled(n * 2)
        }
        #[step]
        async fn describe(&self, Doubled(n): Doubled) -> Stop<String> {
            Stop(format!("<{n}>"))
        }
    }
    assert_eq!(Chain.run(21).await.unwrap(), "<42>");
}

#[tokio::test(start_paused = true)]
async fn parameters_may_be_patterns_in_any_order() {
    #[event]
    struct Pair {
        left: u32,
        right: u32,
    }

    #[workflow(state = u32)]
    struct Sum;
    #[workflow]
    impl Sum {
        #[step]
        async fn split(&self, Start((left, right)): Start<(u32, u32)>, ctx: &Context<Self>) -> Pair {
            ctx.state().set(100);
            Pair { left, right }
        }
        #[step]
        async fn add(&self, ctx: &Context<Self>, Pair { left, right }: Pair) -> Stop<u32> {
            Stop(left + right + ctx.state().get())
        }
    }
    assert_eq!(Sum.run((1, 2)).await.unwrap(), 103);
}

#[tokio::test(start_paused = true)]
async fn one_of_input_takes_each_member() {
    #[event]
    struct Even(u32);
    #[event]
    struct Odd(u32);

    #[workflow]
    struct Parity;
    #[workflow]
    impl Parity {
        #[step]
        async fn look(&self, Start(n): Start<u32>) -> OneOf<Even, Odd> {
            if n.is_multiple_of(2) { Even(n).emit() } else { Odd(n).emit() }
        }
        #[step]
        async fn say(&self, number: OneOf<Odd, Even>) -> Stop<String> {
            Stop(match number {
                OneOf::A(Odd(n)) => format!("{n} is odd"),
                OneOf::B(Even(n)) => format!("{n} is even"),
            })
        }
    }
    assert_eq!(Parity.run(4).await.unwrap(), "4 is even");
    assert_eq!(Parity.run(7).await.unwrap(), "7 is odd");
}

#[tokio::test(start_paused = true)]
async fn each_taker_gets_a_copy_in_declaration_order() {
    // Steps start in declaration order, not in alphabetical order.
    #[event]
    struct News(u32);
    #[event]
    struct Seen;

    #[workflow]
    struct Paper {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Paper {
        #[step]
        async fn print(&self, Start(n): Start<u32>) -> News {
            News(n)
        }
        #[step]
        async fn zoe(&self, News(n): News) -> Seen {
            assert_eq!(n, 7);
            self.log.add("zoe");
            Seen
        }
        #[step]
        async fn adam(&self, _news: News) {
            self.log.add("adam");
        }
        #[step]
        async fn mia(&self, _seen: Seen, News(n): News) -> Stop<u32> {
            self.log.add("mia");
            Stop(n)
        }
    }
    let log = Log::default();
    assert_eq!(Paper { log: log.clone() }.run(7).await.unwrap(), 7);
    assert_eq!(log.take(), ["zoe", "adam", "mia"]);
}

#[tokio::test(start_paused = true)]
async fn several_steps_take_the_start_event() {
    #[event]
    struct Length(usize);
    #[event]
    struct Upper(String);

    #[workflow]
    struct Both;
    #[workflow]
    impl Both {
        #[step]
        async fn count(&self, Start(text): Start<String>) -> Length {
            Length(text.len())
        }
        #[step]
        async fn shout(&self, Start(text): Start<String>) -> Upper {
            Upper(text.to_uppercase())
        }
        #[step]
        async fn join(&self, Upper(text): Upper, Length(n): Length) -> Stop<String> {
            Stop(format!("{text} {n}"))
        }
    }
    assert_eq!(Both.run("abc".to_owned()).await.unwrap(), "ABC 3");
}

#[tokio::test(start_paused = true)]
async fn human_response_is_a_step_input() {
    // The prompt is emitted by one step, and the response is the input of another.
    #[event]
    struct Question {
        text: String,
    }

    #[workflow]
    struct Ask;
    #[workflow]
    impl Ask {
        #[step]
        async fn ask(&self, Start(text): Start<String>) -> InputRequired<Question> {
            InputRequired(Question { text })
        }
        #[step]
        async fn answer(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
            Stop(yes)
        }
    }
    let run = Ask.run("sure?".to_owned()).start();
    let mut events = run.events();
    let Some(RunEvent::InputRequired { prompt: Question { text }, .. }) = events.next().await else { panic!() };
    assert_eq!(text, "sure?");
    run.send(HumanResponse(true)).unwrap();
    assert!(run.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn responses_are_routed_by_type() {
    #[workflow]
    struct Form;
    #[workflow]
    impl Form {
        #[step]
        async fn name(&self, _start: Start<()>) -> InputRequired<String> {
            InputRequired("name?".to_owned())
        }
        #[step]
        async fn age(&self, HumanResponse(_name): HumanResponse<String>) -> InputRequired<u8> {
            InputRequired(0)
        }
        #[step]
        async fn done(&self, HumanResponse(age): HumanResponse<u8>) -> Stop<u8> {
            Stop(age)
        }
    }
    let run = Form.run(()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { prompt: OneOf::A(_), .. })));
    run.send(HumanResponse("Ida".to_owned())).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { prompt: OneOf::B(0), .. })));
    run.send(HumanResponse(44_u8)).unwrap();
    assert_eq!(run.await.unwrap(), 44);
}

#[tokio::test(start_paused = true)]
async fn step_is_callable_as_a_method() {
    #[workflow]
    struct Plain {
        factor: u32,
    }
    #[workflow]
    impl Plain {
        #[step]
        async fn times(&self, Start(n): Start<u32>) -> Stop<u32> {
            Stop(self.helper(n))
        }
        fn helper(&self, n: u32) -> u32 {
            n * self.factor
        }
    }
    assert_eq!(Plain { factor: 3 }.times(Start(4)).await, Stop(12));
    assert_eq!(Plain { factor: 3 }.run(4).await.unwrap(), 12);
}
