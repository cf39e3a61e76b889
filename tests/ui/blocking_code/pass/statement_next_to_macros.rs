use workflows_runtime::prelude::*;

macro_rules! item {
    ($($item:item)*) => { $($item)* };
}


#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn read(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        item! {
            #[blocking(io)]
            fn length(path: String) -> std::io::Result<usize> {
                Ok(std::fs::read(path)?.len())
            }
            #[allow(dead_code)]
            #[blocking(cpu)]
            pub(crate) fn nothing() {}
        }
        let before = &path;
        let other = before.clone();
        let part = async {
            #[blocking(io)]
            let text = std::fs::read(other);
            text
        };
        let (one, two) = tokio::join!(part, length(path));
        Ok(Stop(one?.len() + two?))
    }
}

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(limit): Start<u64>) -> Stop<u64> {
        let before = &limit;
        let least = *before;
        #[blocking(cpu)]
        let all = (0..).take_while(|n| n < &limit).count();
        let after = &limit;
        Stop(limit + least + after + all as u64)
    }
}

fn main() {}
