//! A join: a step with several event parameters runs once one of each has arrived.
//! Run it: `cargo run --example join`.

use workflows_runtime::prelude::*;

#[event]
struct Flight {
    number: String,
}
#[event]
struct Room {
    hotel: String,
}
#[event]
struct Weather {
    degrees: i32,
}

#[workflow]
struct Trip;

/// The first three steps take the same event. Each gets a copy, and they run concurrently.
#[workflow]
impl Trip {
    #[step]
    async fn fly(&self, Start(city): Start<String>) -> Flight {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Flight { number: format!("{}-7", &city[..2].to_uppercase()) }
    }

    #[step]
    async fn stay(&self, Start(city): Start<String>) -> Room {
        Room { hotel: format!("Grand {city}") }
    }

    #[step]
    async fn forecast(&self, Start(city): Start<String>) -> Weather {
        Weather { degrees: if city == "Oslo" { -3 } else { 20 } }
    }

    #[step]
    async fn plan(&self, flight: Flight, room: Room, weather: Weather) -> Stop<String> {
        let pack = if weather.degrees < 10 { "a coat" } else { "sunglasses" };
        Stop(format!("take {} to the {}, and {pack}", flight.number, room.hotel))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    println!("{}", Trip.run("Oslo".to_owned()).await?);
    Ok(())
}
