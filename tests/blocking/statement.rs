//! `#[blocking]` statements: captures, changed variables, `return` and `?`.

#![allow(
    clippy::never_loop,
    clippy::needless_late_init,
    clippy::cast_possible_truncation,
    reason = "statements of these forms are tested"
)]

use super::single_step;
use std::io::{Cursor, Read};
use std::num::ParseIntError;
use std::ops::ControlFlow;
use workflows_runtime::prelude::*;

single_step!(changed_copies_arrive, Copies(n: u8 = 3) -> ([u8; 5], [u8; 3], Option<u8>, (u8, u8)) =
    ([1, 2, 3, 4, 5], [1, 2, 3], Some(3), (2, 3)), {
    let mut file = Cursor::new([1, 2, 3, 4, 5, 6]);
    let mut buffer = [0; 5];
    #[blocking(io)]
    file.read_exact(&mut buffer)?;
    let mut array = [n, 1, 2];
    #[blocking(cpu)]
    array.sort_unstable();
    let mut option = Some(1);
    #[blocking(cpu)]
    let before = option.replace(n);
    assert_eq!(before, Some(1));
    let mut a = 2;
    let mut b = 1;
    #[blocking(cpu)]
    std::mem::swap(&mut a, &mut b);
    #[blocking(cpu)]
    (a, b) = (b, a + b);
    Ok(Stop((buffer, array, option, (a, b))))
});

#[derive(Clone, Copy)]
struct Counter {
    turns: u32,
}

impl Counter {
    fn turn(&mut self) -> u32 {
        self.turns += 1;
        self.turns
    }
}

single_step!(changed_copies_arrive_in_a_loop, Loops(limit: u32 = 3) -> (u32, u32, u32) = (3, 9, 6), {
    let mut counter = Counter { turns: 0 };
    let mut total = 0;
    let mut sum = 0;
    while counter.turns < limit {
        #[blocking(cpu)]
        counter.turn();
        #[blocking(cpu)]
        {
            total += 3;
            let total = 100;
            sum += total / 100;
        }
        #[blocking(cpu)]
        sum += counter.turns.min(1);
    }
    Ok(Stop((counter.turns, total, sum)))
});

single_step!(owned_variables_move_back, Owned(words: Vec<String> = vec!["b".into(), "a".into()]) -> String = "a b 2 2 x", {
    let mut words = words;
    #[blocking(cpu)]
    words.sort();
    // Not declared with `mut`, used in each turn of a loop and after it.
    let suffix = String::from("x");
    let mut lengths = Vec::new();
    for (word, _) in words.iter().cloned().zip(1..) {
        #[blocking(io)]
        let length = word.len() + suffix.len();
        #[blocking(cpu)]
        lengths.push(length.to_string());
        assert_eq!(word.len(), 1);
    }
    Ok(Stop(format!("{} {} {suffix}", words.join(" "), lengths.join(" "))))
});

single_step!(variables_of_patterns_move_back, Patterns(pair: (String, Vec<u8>) = ("a".into(), vec![1])) -> usize = 6, {
    let (name, data) = pair;
    #[blocking(io)]
    let first = name.len() + data.len();
    let mut sum = first + name.len() + data.len();
    if let Some(byte) = data.first().copied().map(Box::new) {
        #[blocking(io)]
        let copy = *byte;
        sum += usize::from(copy + *byte);
    }
    Ok(Stop(sum))
});

single_step!(consumed_variables_need_no_later_use, Consumed(numbers: Vec<u32> = vec![1, 2]) -> (u32, usize) = (3, 8), {
    let mut parts = numbers.clone();
    parts.sort_unstable();
    // The next use of `parts` is an assignment.
    while parts.len() < 5 {
        #[blocking(cpu)]
        let doubled: Vec<_> = parts.into_iter().flat_map(|part| [part, part]).collect();
        parts = doubled;
    }
    let sum = loop {
        #[blocking(cpu)]
        let sum = numbers.into_iter().sum();
        break sum;
    };
    Ok(Stop((sum, parts.len())))
});

single_step!(variables_of_an_async_block_move_back, Nested(n: u64 = 2) -> u64 = 7, {
    let mut total = n;
    let add = async {
        #[blocking(cpu)]
        {
            total += 5;
        }
        Ok::<_, StepError>(())
    };
    add.await?;
    Ok(Stop(total))
});

single_step!(variables_without_a_value_are_assigned, Late(n: u64 = 2) -> u64 = 6, {
    let doubled;
    #[blocking(cpu)]
    {
        doubled = n * 2;
    }
    let sum: u64;
    #[blocking(cpu)]
    sum = doubled + n;
    Ok(Stop(sum))
});

single_step!(places_are_assigned, Places(n: u8 = 4) -> (u8, Vec<u8>, u8, String) = (5, vec![0, 4], 4, "a".into()), {
    struct Record {
        number: u8,
        text: String,
    }
    let mut record = Record { number: 0, text: String::new() };
    #[blocking(cpu)]
    record.number = n;
    #[blocking(cpu)]
    {
        record.number += 1;
        record.text.push('a');
    }
    let mut list = vec![0, 0];
    #[blocking(cpu)]
    list[1] = n;
    let mut boxed = Box::new(0);
    #[blocking(cpu)]
    *boxed = n;
    Ok(Stop((record.number, list, *boxed, record.text)))
});

macro_rules! number_or_stop {
    ($text:expr) => {
        match $text.parse::<u32>() {
            Ok(number) => number,
            Err(_) => return Ok(Stop(format!("not a number: {}", $text))),
        }
    };
}

single_step!(question_mark_in_a_macro_leaves_the_step, InMacro(text: String = "5".into()) -> String = "5 [5, 6]; not a number: x", {
    #[blocking(io)]
    let one = format!("{}", text.parse::<u32>()?);
    #[blocking(io)]
    let two = vec![text.parse::<u32>()?, "6".parse()?];
    let before = format!("{one} {two:?}");
    let rest = async {
        let text = "x".to_owned();
        #[blocking(cpu)]
        let number = number_or_stop!(text);
        Ok::<_, StepError>(Stop(number.to_string()))
    };
    let Stop(rest) = rest.await?;
    Ok(Stop(format!("{before}; {rest}")))
});

single_step!(return_in_a_macro_leaves_the_step, ReturnInMacro(text: String = "x".into()) -> String = "not a number: x", {
    #[blocking(cpu)]
    let number = number_or_stop!(text);
    Ok(Stop(number.to_string()))
});

single_step!(any_question_mark_leaves_its_block, Questions(n: u32 = 3) -> u32 = 3, {
    let flow = async {
        #[blocking(cpu)]
        {
            ControlFlow::<u32>::Continue(())?;
            ControlFlow::<u32>::Break(n)?;
        }
        ControlFlow::Continue(0)
    };
    let ControlFlow::Break(number) = flow.await else { return Ok(Stop(0)) };
    Ok(Stop(number))
});

#[derive(Clone)]
struct Point {
    x: u64,
    y: u64,
}

single_step!(every_form_of_statement_is_offloaded, Forms(n: u64 = 4) -> u64 = 9, {
    #[blocking(cpu)]
    [1, 2].reverse();
    #[blocking(cpu)]
    let point = Point { x: n, y: 1 };
    #[blocking(cpu)]
    let moved = Point { x: 5, ..point.clone() };
    #[blocking(cpu)]
    let tuple = (moved.x, [moved.y; 2]);
    #[blocking(cpu)]
    let range = 0..tuple.0;
    #[blocking(cpu)]
    let cast = range.end as u32;
    let mut turns = 0;
    'outer: for _ in 0..3 {
        #[blocking(cpu)]
        let done = 'inner: loop {
            for turn in 0..10 {
                if turn == 3 {
                    continue 'inner;
                }
                turns += 1;
                if turns > 3 {
                    break 'inner true;
                }
            }
        };
        if done {
            break 'outer;
        }
    }
    // A variable with the usual name of a context.
    let ctx = vec![0; turns];
    #[blocking(cpu)]
    let length = ctx.len();
    assert_eq!(length, ctx.len());
    #[blocking(cpu)]
    return Ok(Stop(u64::from(cast) + length as u64));
});

#[workflow]
struct Parse;

#[workflow]
impl Parse {
    #[step]
    async fn only(&self, Start(text): Start<String>) -> StepResult<Stop<u32>> {
        let mut attempts = 0;
        #[blocking(cpu)]
        let number = {
            attempts += 1;
            text.parse::<u32>()?
        };
        Ok(Stop(number + attempts))
    }
}

#[tokio::test]
async fn failed_statement_returns_no_variables() {
    assert_eq!(Parse.run("4".to_owned()).await.unwrap(), 5);
    let error = Parse.run("x".to_owned()).await.unwrap_err();
    assert!(error.find::<ParseIntError>().is_some(), "{error}");
}
