//! Retry policies, called without an engine.

use std::{error::Error, fmt, io, num::ParseIntError, sync::Arc};
use workflows_runtime::{Backoff, Condition, FailedAttempt, GiveUp, Panicked, RetryPolicy, StepTimedOut, prelude::*};
use workflows_tests::{ms, secs};

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

/// Has a `StepError` as its source.
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
    failure.elapsed = elapsed;
    failure.seed = 1;
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

#[test]
fn policy_may_be_shared_boxed_or_a_closure() {
    let closure = Retry::with(|failure: &FailedAttempt<'_>| (failure.attempts < 2).then_some(failure.elapsed));
    assert_eq!(ask(&closure, 1, ms(7)), Some(ms(7)));
    assert_eq!(ask(&closure, 2, ms(7)), None);
    assert_eq!(ask(&Arc::new(Retry::fixed(ms(3))), 1, ms(0)), Some(ms(3)));
    let boxed: Box<dyn RetryPolicy> = Box::new(Retry::fixed(ms(3)));
    assert_eq!(ask(&boxed, 1, ms(0)), Some(ms(3)));
    assert_eq!(ask(&&boxed, 1, ms(0)), Some(ms(3)));
}

#[test]
fn max_attempts_counts_executions_and_defaults_to_three() {
    let retry = Retry::immediate();
    assert_eq!([1, 2, 3].map(|n| ask(&retry, n, ms(0)).is_some()), [true, true, false]);
    let retry = retry.max_attempts(5);
    assert_eq!([4, 5, 6].map(|n| ask(&retry, n, ms(0)).is_some()), [true, false, false]);
    assert_eq!(ask(&Retry::immediate().max_attempts(0), 1, ms(0)), None);
    assert_eq!(ask(&Retry::immediate().max_attempts(1), 1, ms(0)), None);
    // Another limit replaces the default of three attempts.
    assert!(ask(&Retry::immediate().within(secs(1)), 100, ms(0)).is_some());
    assert!(ask(&Retry::immediate().max_attempts(2).forever(), u32::MAX, Duration::MAX).is_some());
}

// The engine reports the elapsed time; `within` also counts the delay, `stop_after` does not.
#[test]
fn within_and_stop_after_limit_the_elapsed_time() {
    let within = Retry::fixed(ms(200)).within(ms(600));
    assert_eq!([0, 200, 399, 400].map(|elapsed| ask(&within, 9, ms(elapsed)).is_some()), [true, true, true, false]);
    let after = Retry::fixed(ms(200)).max_elapsed(ms(600));
    assert_eq!([0, 599, 600].map(|elapsed| ask(&after, 9, ms(elapsed)).is_some()), [true, true, false]);
    assert_eq!(ask(&Retry::fixed(Duration::MAX).within(secs(1)), 1, secs(1)), None);
}

#[test]
fn give_up_rules_combine_by_any_and_all() {
    let any = GiveUp::max_attempts(3) | GiveUp::max_elapsed(secs(1));
    let all = GiveUp::max_attempts(3) & GiveUp::max_elapsed(secs(1));
    let holds = |rule: &GiveUp| [(1, 0), (3, 0), (1, 1), (3, 1)].map(|(n, s)| rule.holds(n, secs(s), ms(0)));
    assert_eq!(holds(&any), [false, true, true, true]);
    assert_eq!(holds(&all), [false, false, false, true]);
    assert_eq!(holds(&GiveUp::never()), [false; 4]);
    assert_eq!(holds(&(GiveUp::never() | GiveUp::max_attempts(3))), [false, true, false, true]);
    let both = Retry::immediate().max_attempts(9).within(secs(1));
    assert_eq!(ask(&both, 9, ms(0)), None);
    assert_eq!(ask(&both, 1, secs(1)), None);
}

#[test]
fn fixed_and_linear_delays() {
    assert_eq!(ask(&Retry::immediate(), 1, ms(0)), Some(Duration::ZERO));
    assert_eq!(delays(&Backoff::fixed(secs(90)), 2), [90_000, 90_000]);
    assert_eq!(delays(&Backoff::linear(ms(5), ms(10)), 4), [5, 15, 25, 35]);
    assert_eq!(delays(&Backoff::linear(ms(5), ms(10)).max_delay(ms(20)), 4), [5, 15, 20, 20]);
}

// The first delay is the initial one, and all delays are exact.
#[test]
fn exponential_delays_start_with_the_initial_delay() {
    let wait = Backoff::exponential(ms(100));
    for n in 1..=9 {
        assert_eq!(wait.delay(n, 0), ms(100 << (n - 1)));
    }
    assert_eq!(wait.delay(20, 0), secs(60));
    assert_eq!(delays(&Backoff::exponential(ms(2)).factor(1.5), 4), [2, 3, 4, 6]);
    assert_eq!(delays(&Backoff::exponential(ms(2)).factor(3.0).max_delay(ms(10)), 4), [2, 6, 10, 10]);
    for odd in [0.5, -1.0, f64::NAN] {
        assert_eq!(delays(&Backoff::exponential(ms(2)).factor(odd), 3), [2, 2, 2]);
    }
}

#[test]
fn fibonacci_delays() {
    assert_eq!(delays(&Backoff::fibonacci(ms(10)), 7), [10, 10, 20, 30, 50, 80, 130]);
    assert_eq!(Backoff::fibonacci(ms(10)).delay(u32::MAX, 0), secs(60));
}

#[test]
fn random_delays_cover_their_range() {
    let range = Backoff::random(ms(10)..=ms(20));
    let turned = Backoff::random(ms(20)..=ms(10));
    let full = Backoff::exponential(ms(100)).jitter();
    let (mut low, mut high) = (false, false);
    for seed in 0..500 {
        let delay = range.delay(1, seed);
        assert!((ms(10)..=ms(20)).contains(&delay));
        assert_eq!(delay, turned.delay(1, seed));
        let delay = full.delay(2, seed);
        assert!(delay <= ms(200));
        low |= delay < ms(40);
        high |= delay > ms(160);
    }
    assert!(low && high);
}

#[test]
fn max_delay_applies_after_jitter() {
    let wait = Backoff::exponential(ms(100)).max_delay(ms(250)).jitter_up_to(ms(80));
    let mut capped = 0;
    for seed in 0..500 {
        assert!((ms(100)..=ms(180)).contains(&wait.delay(1, seed)));
        assert!((ms(200)..=ms(250)).contains(&wait.delay(2, seed)));
        capped += u32::from(wait.delay(2, seed) == ms(250));
        assert_eq!(wait.delay(9, seed), ms(250));
    }
    assert!((1..500).contains(&capped));
}

#[test]
fn chain_repeats_its_last_backoff() {
    assert_eq!(delays(&Backoff::chain([ms(100), ms(500), ms(900)]), 5), [100, 500, 900, 900, 900]);
    let mixed = Backoff::chain([Backoff::fixed(ms(1)), Backoff::linear(ms(10), ms(5))]);
    assert_eq!(delays(&mixed, 3), [1, 15, 20]);
}

#[test]
fn backoffs_add_up() {
    let sum: Backoff = [Backoff::fixed(ms(1)), Backoff::exponential(ms(10)), ms(100).into()].into_iter().sum();
    assert_eq!(delays(&sum, 3), [111, 121, 141]);
    assert_eq!(ask(&Retry::fixed(ms(1)).add_delay(ms(2)).add_delay(Backoff::fixed(ms(3))), 1, ms(0)), Some(ms(6)));
}

#[test]
fn errors_are_selected_by_predicate_and_type() {
    let when = Retry::immediate().when(|error| error.to_string().len() == 4);
    assert!(retries(&when, StepError::msg("busy")) && !retries(&when, StepError::msg("gone!")));
    let on = Retry::immediate().on::<ParseIntError>().on::<StepTimedOut>().on::<Panicked>();
    assert!(retries(&on, parse_error()));
    assert!(retries(&on, Outer(Outer(parse_error()))));
    assert!(retries(&on, StepTimedOut::new(ms(1))));
    assert!(retries(&on, Panicked("oh".to_owned())));
    assert!(!retries(&on, io::Error::other("reset")));
    let unless = Retry::immediate().not_on::<ParseIntError>();
    assert!(!retries(&unless, Outer(parse_error())));
    assert!(retries(&unless, io::Error::other("reset")));
    let both = Retry::immediate().on::<Outer<ParseIntError>>().not_on::<ParseIntError>();
    assert!(!retries(&both, Outer(parse_error())));
}

#[test]
fn errors_are_selected_by_message() {
    let exact = Retry::immediate().on_message("busy");
    assert!(retries(&exact, StepError::msg("busy")));
    assert!(!retries(&exact, StepError::msg("too busy")));
    let part = Retry::immediate().on_message_containing("busy");
    assert!(retries(&part, StepError::msg("too busy")));
    assert!(!retries(&part, StepError::msg("gone")));
    let not = Retry::immediate().retry_if(!Condition::on_message("busy"));
    assert!(!retries(&not, StepError::msg("busy")));
}

#[test]
fn caused_by_excludes_the_error_itself() {
    let caused = Retry::immediate().caused_by::<ParseIntError>();
    assert!(!retries(&caused, parse_error()));
    assert!(retries(&caused, Outer(parse_error())));
    assert!(retries(&caused, Outer(Outer(parse_error()))));
    // The chain continues behind a step error that is the cause of another one.
    assert!(retries(&caused, Wraps(parse_error().into())));
    assert!(retries(&caused, Wraps(Outer(parse_error()).into())));
}

#[test]
fn conditions_combine_by_any_all_and_not() {
    let (a, b) = (Condition::on_message_containing("a"), Condition::on_message_containing("b"));
    let holds = |c: Condition| ["", "a", "b", "ab"].map(|text| c.holds(&StepError::msg(text)));
    assert_eq!(holds(a.clone() | b.clone()), [false, true, true, true]);
    assert_eq!(holds(a.clone() & b.clone()), [false, false, false, true]);
    assert_eq!(holds(!a.clone() & b.clone()), [false, false, true, false]);
    assert_eq!(holds(Condition::always() & a | b), [false, true, true, true]);
    assert_eq!(holds(Condition::never()), [false; 4]);
}

#[test]
fn condition_is_checked_first_and_within_includes_the_delay() {
    let retry = Retry::linear(ms(100), ms(100)).on_message("busy").within(ms(250));
    assert_eq!(ask(&retry, 2, ms(0)), Some(ms(200)));
    assert_eq!(ask(&retry, 3, ms(0)), None);
    assert!(!retries(&retry, StepError::msg("gone")));
}

#[test]
fn random_delays_depend_on_the_seed_only() {
    for wait in [
        Backoff::exponential(secs(1)).jitter(),
        Backoff::random(ms(0)..=secs(9)),
        Backoff::fixed(ms(1)).jitter_up_to(secs(1)),
    ] {
        let mut seen: Vec<_> = (0..100).map(|seed| wait.delay(3, seed)).collect();
        assert_eq!(seen, (0..100).map(|seed| wait.clone().delay(3, seed)).collect::<Vec<_>>());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }
}

#[test]
fn extreme_delays_do_not_overflow() {
    for d in [Duration::ZERO, Duration::from_nanos(1), secs(1), Duration::MAX] {
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
            for wait in [wait.clone(), wait.clone().max_delay(Duration::MAX), wait.max_delay(secs(3))] {
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
    let steep = Backoff::exponential(secs(1)).max_delay(Duration::MAX);
    assert_eq!(steep.delay(u32::MAX, 0), Duration::MAX);
    assert_eq!(Backoff::fibonacci(Duration::from_nanos(1)).max_delay(Duration::MAX).delay(u32::MAX, 0), Duration::MAX);
}

#[test]
fn delays_grow_up_to_the_cap() {
    for wait in
        [Backoff::exponential(ms(7)), Backoff::fibonacci(ms(7)), Backoff::linear(ms(7), ms(9)).max_delay(secs(60))]
    {
        let all: Vec<_> = (1..9000).map(|n| wait.delay(n, 0)).collect();
        assert!(all.is_sorted());
        assert_eq!((all[0], all[8998]), (ms(7), secs(60)));
    }
}
