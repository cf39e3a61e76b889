use workflows_runtime::{Settings, prelude::*};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Tally<K: Ord>(std::collections::BTreeMap<K, usize>);

#[workflow(state = Tally<String>, stream = (u8, Vec<String>), timeout = "2h", max_runs = 3,)]
struct Everything;

#[workflow()]
impl Everything {
    #[step()]
    async fn begin(&self, _: Start<()>) -> Option<Stop<()>> {
        Some(Stop(()))
    }

    #[step(workers = 0x10, timeout = "250ms", unchecked(dead_end, reachable,),)]
    async fn end(&self, _: Start<()>) -> Option<Stop<()>> {
        Some(Stop(()))
    }

    #[step(queue_timeout = "30s", timeout = "5s")]
    #[blocking(io)]
    fn read(&self, _: Start<()>) -> Option<Stop<()>> {
        Some(Stop(()))
    }

    #[catch_error(steps(read), queue_timeout = "1 min")]
    #[blocking(cpu, pool = "repairs")]
    fn repair(&self, _: StepFailed) -> Option<Stop<()>> {
        Some(Stop(()))
    }
}

#[workflow(max_runs = 1_000, state = std::collections::BTreeMap<String, Vec<(u8, u8)>>)]
enum OfAnEnum {
    One,
    Two,
}

#[workflow]
impl OfAnEnum {
    #[step(timeout = "5 min")]
    async fn begin(&self, _: Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {
    assert_eq!(Everything::TIMEOUT, Some(Duration::from_secs(7_200)));
    assert_eq!(OfAnEnum::MAX_RUNS, Some(1_000));
}
