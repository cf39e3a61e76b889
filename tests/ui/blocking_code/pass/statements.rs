//! Statements and blocks of all shapes inside async steps.

#![deny(warnings)]
#![forbid(unsafe_code)]

use workflows_runtime::prelude::*;

#[event]
struct Found {
    number: u32,
}

#[workflow(stream = String, state = u32)]
struct Shapes {
    base: String,
}

#[workflow]
impl Shapes {
    #[step]
    async fn result(&self, ctx: &Context<Self>, Start(path): Start<String>) -> StepResult<Found> {
        // A `?` at the end.
        #[blocking(io)]
        let text = std::fs::read_to_string(&path)?;
        // A pattern, a type, several `?` of several errors, a `return`, a loop of its own.
        #[blocking(cpu)]
        let (number, _rest): (u32, String) = {
            let mut number: u32 = text.trim().parse()?;
            let file = std::fs::read_to_string("/nonexistent")?;
            for line in file.lines() {
                if line.is_empty() {
                    continue;
                }
                if number > 7 {
                    break;
                }
                number += 1;
            }
            if number == 13 {
                return Err(StepError::msg("unlucky"));
            }
            (number, file)
        };
        // The context goes along, also inside a macro.
        #[blocking(io)]
        {
            ctx.publish(format!("{number}"));
            ctx.state().update(|state| *state += number);
            println!("{:?}", ctx.step());
        }
        // A macro, an assignment, a condition, a match, and nothing at all to give back.
        #[blocking(io)]
        println!("done");
        let doubled;
        #[blocking(cpu)]
        doubled = number * 2;
        #[blocking(cpu)]
        if doubled > 100 {
            drop(vec![doubled; 100]);
        }
        #[blocking(cpu)]
        match doubled {
            0 => drop(String::new()),
            _ => {}
        }
        // Clones move into the statement; variables that it does not mention stay.
        let base = self.base.clone();
        #[blocking(io)]
        let length = base.len();
        // A variable that is overwritten on one path only.
        let mut extra = 0;
        if length > 3 {
            #[blocking(cpu)]
            {
                extra = 1;
            }
        }
        Ok(Found { number: doubled + u32::try_from(length)? + extra })
    }

    #[step]
    async fn option(&self, Found { number }: Found) -> Option<Stop<u32>> {
        #[blocking(cpu)]
        let number = {
            let halved = number.checked_div(2)?;
            halved.checked_sub(1)?
        };
        // Inside an async block, where `?` and `return` are the block's.
        let later = async move {
            #[blocking(cpu)]
            let more = number + 1;
            more
        };
        let closure = |x: u32| async move {
            #[blocking(cpu)]
            let y = x + 1;
            y
        };
        Some(Stop(later.await + closure(1).await))
    }
}

fn main() {
    drop(Shapes { base: String::new() }.run(String::new()));
}
