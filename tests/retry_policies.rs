//! Retry policies, asked without an engine.

use std::{error::Error, fmt, io, num::ParseIntError, sync::Arc};
use workflows_runtime::{Backoff, Condition, FailedAttempt, GiveUp, Panicked, RetryPolicy, StepTimedOut, prelude::*};

const MS: fn(u64) -> Duration = Duration::from_millis;
const SECS: fn(u64) -> Duration = Duration::from_secs;

/// An error with a cause.
#[derive(Debug)]
struct Outer<E>(E);

impl<E> fmt::Display for Outer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl<E: Error + 'static> Error for Outer<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// An error with a step's error as its cause.
#[derive(Debug)]
struct Wraps(StepError);

impl fmt::Display for Wraps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wraps")
    }
}

impl Error for Wraps {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_error())
    }
}

fn parse_error() -> ParseIntError {
    "x".parse::<u8>().unwrap_err()
}

fn ask(policy: &impl RetryPolicy, attempts: u32, elapsed: Duration) -> Option<Duration> {
    let error = StepError::msg("busy");
    let mut failure = FailedAttempt::new(&error, attempts);
    (failure.elapsed, failure.seed) = (elapsed, 1);
    policy.next(&failure)
}

fn retries(policy: &Retry, error: impl Into<StepError>) -> bool {
    let error = error.into();
    policy.next(&FailedAttempt::new(&error, 1)).is_some()
}

/// The delays after the first failures, in milliseconds.
fn delays(wait: &Backoff, count: u32) -> Vec<u128> {
    (1..=count).map(|attempts| wait.delay(attempts, 1).as_millis()).collect()
}

// RT-01
#[test]
fn any_policy_may_be_shared_boxed_or_a_closure() {
    let closure = Retry::with(|failure: &FailedAttempt<'_>| (failure.attempts < 2).then_some(failure.elapsed));
    assert_eq!(ask(&closure, 1, MS(7)), Some(MS(7)));
    assert_eq!(ask(&closure, 2, MS(7)), None);
    assert_eq!(ask(&Arc::new(Retry::fixed(MS(3))), 1, MS(0)), Some(MS(3)));
    let boxed: Box<dyn RetryPolicy> = Box::new(Retry::fixed(MS(3)));
    assert_eq!(ask(&boxed, 1, MS(0)), Some(MS(3)));
    assert_eq!(ask(&&boxed, 1, MS(0)), Some(MS(3)));
}

// RT-02, RT-08, RT-09
#[test]
fn attempts_count_executions_and_are_three_unless_told() {
    let retry = Retry::immediate();
    assert_eq!([1, 2, 3].map(|n| ask(&retry, n, MS(0)).is_some()), [true, true, false]);
    let retry = retry.max_attempts(5);
    assert_eq!([4, 5, 6].map(|n| ask(&retry, n, MS(0)).is_some()), [true, false, false]);
    assert_eq!(ask(&Retry::immediate().max_attempts(0), 1, MS(0)), None);
    assert_eq!(ask(&Retry::immediate().max_attempts(1), 1, MS(0)), None);
    // An end of another kind replaces the three.
    assert!(ask(&Retry::immediate().within(SECS(1)), 100, MS(0)).is_some());
    assert!(ask(&Retry::immediate().max_attempts(2).forever(), u32::MAX, Duration::MAX).is_some());
}

// RT-03, RT-04, RT-10: elapsed is given by the engine, and a limit of time does not end the first failure.
#[test]
fn time_ends_it_before_a_wait_or_after() {
    let within = Retry::fixed(MS(200)).within(MS(600));
    assert_eq!([0, 200, 399, 400].map(|ms| ask(&within, 9, MS(ms)).is_some()), [true, true, true, false]);
    let after = Retry::fixed(MS(200)).max_elapsed(MS(600));
    assert_eq!([0, 599, 600].map(|ms| ask(&after, 9, MS(ms)).is_some()), [true, true, false]);
    assert_eq!(ask(&Retry::fixed(Duration::MAX).within(SECS(1)), 1, SECS(1)), None);
}

// RT-11
#[test]
fn ends_combine_by_any_and_all() {
    let any = GiveUp::max_attempts(3) | GiveUp::max_elapsed(SECS(1));
    let all = GiveUp::max_attempts(3) & GiveUp::max_elapsed(SECS(1));
    let held = |rule: &GiveUp| [(1, 0), (3, 0), (1, 1), (3, 1)].map(|(n, s)| rule.holds(n, SECS(s), MS(0)));
    assert_eq!(held(&any), [false, true, true, true]);
    assert_eq!(held(&all), [false, false, false, true]);
    assert_eq!(held(&GiveUp::never()), [false; 4]);
    assert_eq!(held(&(GiveUp::never() | GiveUp::max_attempts(3))), [false, true, false, true]);
    let both = Retry::immediate().max_attempts(9).within(SECS(1));
    assert_eq!(ask(&both, 9, MS(0)), None);
    assert_eq!(ask(&both, 1, SECS(1)), None);
}

// RT-12, RT-14
#[test]
fn fixed_and_linear_delays() {
    assert_eq!(ask(&Retry::immediate(), 1, MS(0)), Some(Duration::ZERO));
    assert_eq!(delays(&Backoff::fixed(SECS(90)), 2), [90_000, 90_000]);
    assert_eq!(delays(&Backoff::linear(MS(5), MS(10)), 4), [5, 15, 25, 35]);
    assert_eq!(delays(&Backoff::linear(MS(5), MS(10)).max_delay(MS(20)), 4), [5, 15, 20, 20]);
}

// RT-13: the first delay is the initial one, and they are exact.
#[test]
fn exponential_delays_start_with_the_initial_one() {
    let wait = Backoff::exponential(MS(100));
    for n in 1..=9 {
        assert_eq!(wait.delay(n, 0), MS(100 << (n - 1)));
    }
    assert_eq!(wait.delay(20, 0), SECS(60));
    assert_eq!(delays(&Backoff::exponential(MS(2)).factor(1.5), 4), [2, 3, 4, 6]);
    assert_eq!(delays(&Backoff::exponential(MS(2)).factor(3.0).max_delay(MS(10)), 4), [2, 6, 10, 10]);
    for odd in [0.5, -1.0, f64::NAN] {
        assert_eq!(delays(&Backoff::exponential(MS(2)).factor(odd), 3), [2, 2, 2]);
    }
}

#[test]
fn fibonacci_delays() {
    assert_eq!(delays(&Backoff::fibonacci(MS(10)), 7), [10, 10, 20, 30, 50, 80, 130]);
    assert_eq!(Backoff::fibonacci(MS(10)).delay(u32::MAX, 0), SECS(60));
}

// RT-15, RT-17
#[test]
fn random_delays_stay_in_their_range_and_use_all_of_it() {
    let range = Backoff::random(MS(10)..=MS(20));
    let turned = Backoff::random(MS(20)..=MS(10));
    let full = Backoff::exponential(MS(100)).jitter();
    let (mut low, mut high) = (false, false);
    for seed in 0..500 {
        let delay = range.delay(1, seed);
        assert!((MS(10)..=MS(20)).contains(&delay));
        assert_eq!(delay, turned.delay(1, seed));
        let delay = full.delay(2, seed);
        assert!(delay <= MS(200));
        low |= delay < MS(40);
        high |= delay > MS(160);
    }
    assert!(low && high);
}

// RT-16
#[test]
fn the_cap_holds_after_jitter() {
    let wait = Backoff::exponential(MS(100)).max_delay(MS(250)).jitter_up_to(MS(80));
    let mut capped = 0;
    for seed in 0..500 {
        assert!((MS(100)..=MS(180)).contains(&wait.delay(1, seed)));
        assert!((MS(200)..=MS(250)).contains(&wait.delay(2, seed)));
        capped += u32::from(wait.delay(2, seed) == MS(250));
        assert_eq!(wait.delay(9, seed), MS(250));
    }
    assert!((1..500).contains(&capped));
}

// RT-18
#[test]
fn a_chain_starts_with_its_first_and_repeats_its_last() {
    assert_eq!(delays(&Backoff::chain([MS(100), MS(500), MS(900)]), 5), [100, 500, 900, 900, 900]);
    let mixed = Backoff::chain([Backoff::fixed(MS(1)), Backoff::linear(MS(10), MS(5))]);
    assert_eq!(delays(&mixed, 3), [1, 15, 20]);
}

// RT-19
#[test]
fn waits_add_up() {
    let sum: Backoff = [Backoff::fixed(MS(1)), Backoff::exponential(MS(10)), MS(100).into()].into_iter().sum();
    assert_eq!(delays(&sum, 3), [111, 121, 141]);
    assert_eq!(ask(&Retry::fixed(MS(1)).add_delay(MS(2)).add_delay(Backoff::fixed(MS(3))), 1, MS(0)), Some(MS(6)));
}

// RT-20
#[test]
fn errors_are_chosen_by_predicate_and_by_type() {
    let when = Retry::immediate().when(|error| error.to_string().len() == 4);
    assert!(retries(&when, StepError::msg("busy")) && !retries(&when, StepError::msg("gone!")));
    let on = Retry::immediate().on::<ParseIntError>().on::<StepTimedOut>().on::<Panicked>();
    assert!(retries(&on, parse_error()));
    assert!(retries(&on, Outer(Outer(parse_error()))));
    assert!(retries(&on, StepTimedOut(MS(1))));
    assert!(retries(&on, Panicked("oh".to_owned())));
    assert!(!retries(&on, io::Error::other("reset")));
    let unless = Retry::immediate().not_on::<ParseIntError>();
    assert!(!retries(&unless, Outer(parse_error())));
    assert!(retries(&unless, io::Error::other("reset")));
    let both = Retry::immediate().on::<Outer<ParseIntError>>().not_on::<ParseIntError>();
    assert!(!retries(&both, Outer(parse_error())));
}

// RT-21
#[test]
fn errors_are_chosen_by_message() {
    let exact = Retry::immediate().on_message("busy");
    assert!(retries(&exact, StepError::msg("busy")));
    assert!(!retries(&exact, StepError::msg("too busy")));
    let part = Retry::immediate().on_message_containing("busy");
    assert!(retries(&part, StepError::msg("too busy")));
    assert!(!retries(&part, StepError::msg("gone")));
    let not = Retry::immediate().retry_if(!Condition::on_message("busy"));
    assert!(!retries(&not, StepError::msg("busy")));
}

// RT-22
#[test]
fn causes_do_not_include_the_error_itself() {
    let caused = Retry::immediate().on_cause::<ParseIntError>();
    assert!(!retries(&caused, parse_error()));
    assert!(retries(&caused, Outer(parse_error())));
    assert!(retries(&caused, Outer(Outer(parse_error()))));
    // A step's error that is the cause of another one is found too.
    assert!(retries(&caused, Wraps(parse_error().into())));
    assert!(retries(&caused, Wraps(Outer(parse_error()).into())));
}

// RT-23
#[test]
fn conditions_combine() {
    let (a, b) = (Condition::on_message_containing("a"), Condition::on_message_containing("b"));
    let held = |c: Condition| ["", "a", "b", "ab"].map(|text| c.holds(&StepError::msg(text)));
    assert_eq!(held(a.clone() | b.clone()), [false, true, true, true]);
    assert_eq!(held(a.clone() & b.clone()), [false, false, false, true]);
    assert_eq!(held(!a.clone() & b.clone()), [false, false, true, false]);
    assert_eq!(held(Condition::always() & a | b), [false, true, true, true]);
    assert_eq!(held(Condition::never()), [false; 4]);
}

// RT-07
#[test]
fn the_condition_is_asked_first_and_the_end_knows_the_wait() {
    let retry = Retry::linear(MS(100), MS(100)).on_message("busy").within(MS(250));
    assert_eq!(ask(&retry, 2, MS(0)), Some(MS(200)));
    assert_eq!(ask(&retry, 3, MS(0)), None);
    assert!(!retries(&retry, StepError::msg("gone")));
}

// RT-24
#[test]
fn chance_comes_from_the_seed_alone() {
    for wait in [
        Backoff::exponential(SECS(1)).jitter(),
        Backoff::random(MS(0)..=SECS(9)),
        Backoff::fixed(MS(1)).jitter_up_to(SECS(1)),
    ] {
        let mut seen: Vec<_> = (0..100).map(|seed| wait.delay(3, seed)).collect();
        assert_eq!(seen, (0..100).map(|seed| wait.clone().delay(3, seed)).collect::<Vec<_>>());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }
}

#[test]
fn nothing_overflows() {
    for d in [Duration::ZERO, Duration::from_nanos(1), SECS(1), Duration::MAX] {
        let waits = [
            Backoff::fixed(d),
            Backoff::linear(d, d),
            Backoff::exponential(d),
            Backoff::exponential(d).factor(f64::INFINITY),
            Backoff::exponential(d).factor(1.0),
            Backoff::fibonacci(d),
            Backoff::random(Duration::ZERO..=d),
            Backoff::chain([d, d]),
        ];
        for wait in waits {
            for wait in [wait.clone(), wait.clone().max_delay(Duration::MAX), wait.max_delay(SECS(3))] {
                for wait in [wait.clone(), wait.clone().jitter(), wait.clone().jitter_up_to(d), wait + d] {
                    for n in [0, 1, 2, 200, 5000, u32::MAX] {
                        let delay = wait.delay(n, 3);
                        let retry = Retry::new(wait.clone()).forever();
                        assert_eq!(ask(&retry, n, Duration::MAX), Some(wait.delay(n, 1)));
                        assert!(d > Duration::ZERO || delay == Duration::ZERO);
                    }
                }
            }
        }
    }
    let steep = Backoff::exponential(SECS(1)).max_delay(Duration::MAX);
    assert_eq!(steep.delay(u32::MAX, 0), Duration::MAX);
    assert_eq!(Backoff::fibonacci(Duration::from_nanos(1)).max_delay(Duration::MAX).delay(u32::MAX, 0), Duration::MAX);
}

#[test]
fn delays_grow_up_to_the_cap() {
    for wait in
        [Backoff::exponential(MS(7)), Backoff::fibonacci(MS(7)), Backoff::linear(MS(7), MS(9)).max_delay(SECS(60))]
    {
        let all: Vec<_> = (1..9000).map(|n| wait.delay(n, 0)).collect();
        assert!(all.is_sorted());
        assert_eq!((all[0], all[8998]), (MS(7), SECS(60)));
    }
}
