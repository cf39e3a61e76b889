//! Error handlers: a handler receives the failure of a step and continues with another source.
//! Run it: `cargo run --example catch_error`.

use std::collections::BTreeMap;
use workflows_runtime::prelude::*;

#[event]
struct Lost {
    city: String,
    why: String,
}
#[event]
struct Weather {
    text: String,
}

/// Two sources: a station for some cities, and a satellite for some of the others.
#[workflow]
struct Forecast {
    stations: BTreeMap<&'static str, i32>,
    satellite: BTreeMap<&'static str, i32>,
}

#[workflow]
impl Forecast {
    #[step]
    async fn station(&self, Start(city): Start<String>) -> StepResult<Weather> {
        let degrees = self.stations.get(&*city).ok_or_else(|| StepError::msg("there is no station"))?;
        Ok(Weather { text: format!("{city}: {degrees}") })
    }

    /// Handles failures of `station`: emits the city to the other source.
    #[catch_error(steps(station))]
    async fn without_station(&self, failed: StepFailed) -> StepResult<Lost> {
        let Start(city) =
            failed.input::<Start<String>>().ok_or_else(|| StepError::msg("a failure without its city"))?;
        Ok(Lost { city, why: failed.error.to_string() })
    }

    #[step]
    async fn satellite(&self, Lost { city, why }: Lost) -> StepResult<Weather> {
        let degrees = self.satellite.get(&*city).ok_or_else(|| StepError::msg(format!("{city} is under clouds")))?;
        Ok(Weather { text: format!("{city}: {degrees} from above, since {why}") })
    }

    #[step]
    async fn show(&self, Weather { text }: Weather) -> Stop<String> {
        Stop(text)
    }

    /// Handles failures of all other steps: ends the run with a result.
    #[catch_error]
    async fn apologize(&self, failed: StepFailed) -> Stop<String> {
        Stop(format!("no forecast: {} ({}, attempts: {})", failed.error, failed.step, failed.attempts))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    for city in ["Oslo", "Rome", "Bergen"] {
        let forecast = Forecast { stations: [("Oslo", -3)].into(), satellite: [("Rome", 20)].into() };
        println!("{}", forecast.run(city.to_owned()).await?);
    }
    Ok(())
}
