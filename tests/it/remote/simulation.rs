//! The same workflow by an engine and in memory.

use super::{Format, Loop};
use crate::snapshot::{
    crash::{self, Everything},
    crash_turns::{self, Office, Order},
};
use workflows_runtime::prelude::*;

const RESTORES: [Option<usize>; 5] = [None, Some(1), Some(2), Some(5), Some(13)];

#[tokio::test(start_paused = true)]
async fn everything_ends_as_in_memory() {
    let expected = crash::respond(&Everything { tap: None }.run(2).start()).await;
    for format in Format::ALL {
        for restores in RESTORES {
            let mut driven = Loop::new(Everything { tap: None }, 2, format);
            driven.restores = restores;
            let result = driven.run(|engine, now| engine.send(HumanResponse(true), now)).await.unwrap();
            let mut state = driven.engine.state();
            state.sort_unstable();
            assert_eq!((result, state), expected, "{format:?}, restored after {restores:?}");
            if restores.is_none() {
                assert!(driven.repeated > 0, "steps that change the state at the same time are called again");
                assert!(driven.cancelled > 0, "the loser of a race is cancelled");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn office_ends_as_in_memory() {
    let expected = crash_turns::respond(&Office.run(3).start()).await;
    for format in Format::ALL {
        for restores in RESTORES {
            let mut driven = Loop::new(Office, 3, format);
            driven.restores = restores;
            let respond = |engine: &mut workflows_runtime::remote::Engine<Office>, now| {
                if engine.state().is_offered {
                    engine.send(HumanResponse(Order(30)), now);
                } else {
                    engine.send(HumanResponse(true), now);
                    engine.send(HumanResponse(true), now);
                }
            };
            let result = driven.run(respond).await.unwrap();
            let mut desk = driven.engine.state();
            desk.words.sort_unstable();
            assert_eq!((result, desk), expected, "{format:?}, restored after {restores:?}");
        }
    }
}
