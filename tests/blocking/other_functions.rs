//! `#[blocking]` statements in factories, error handlers and helper functions.

use std::{io::Read, num::ParseIntError};
use workflows_runtime::prelude::*;

/// Changes an array, a counter and a tuple, consumes a field, and may return early.
#[nonblocking]
async fn helper(text: (String, String), limit: u32) -> Result<(u32, String), ParseIntError> {
    let mut bytes = [0u8; 3];
    let mut source = text.0.as_bytes();
    let mut copy = source.to_vec();
    let _ = source.read(&mut bytes);
    let mut total = 0;
    #[blocking(cpu)]
    copy.sort_unstable();
    for byte in bytes {
        #[blocking(cpu)]
        {
            total += u32::from(byte - b'0');
        }
    }
    #[blocking(io)]
    let number: u32 = std::convert::identity(text.0).parse::<u32>()?;
    #[blocking(cpu)]
    let at_most = number.min(limit);
    assert_eq!(copy.len(), 3);
    Ok((total + at_most, text.1))
}

#[derive(Debug)]
struct Table([u32; 3]);

#[workflow]
struct Uses;

#[workflow]
impl Uses {
    #[resource]
    async fn table() -> StepResult<Table> {
        let mut entries = [3, 1, 2];
        #[blocking(cpu)]
        entries.sort_unstable();
        #[blocking(io)]
        let first = format!("{}", "4".parse::<u32>()?);
        entries[0] = first.parse()?;
        Ok(Table(entries))
    }

    #[step]
    async fn work(&self, #[resource(table)] table: &Table, Start(text): Start<String>) -> StepResult<Stop<u32>> {
        assert_eq!(table.0, [4, 2, 3]);
        let (sum, rest) = helper((text, "rest".to_owned()), 500).await?;
        assert_eq!(rest, "rest");
        Ok(Stop(sum))
    }

    #[catch_error]
    async fn handle(&self, failed: StepFailed) -> StepResult<Stop<u32>> {
        let text = (failed.error.to_string(), 1);
        let mut lengths = [0, 0];
        let mut swapped = 7;
        #[blocking(cpu)]
        {
            lengths[1] = text.0.len();
            std::mem::swap(&mut lengths[0], &mut swapped);
        }
        if swapped == 0 && lengths[1] > 0 {
            #[blocking(io)]
            return Ok(Stop(std::convert::identity(text.1)));
        }
        Ok(Stop(0))
    }
}

#[tokio::test]
async fn statements_of_factories_handlers_and_helpers_are_offloaded() {
    assert_eq!(Uses.run("123".to_owned()).await.unwrap(), 6 + 123);
    assert_eq!(Uses.run("999".to_owned()).await.unwrap(), 27 + 500);
    assert_eq!(Uses.run("abc".to_owned()).await.unwrap(), 1);
}
