use workflows_runtime::prelude::*;

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn search(&self, Start(paths): Start<Vec<String>>) -> Stop<usize> {
        let mut found = 0;
        for path in paths {
            #[blocking(io)]
            {
                if std::fs::metadata(&path).is_err() {
                    continue;
                }
                if path.is_empty() {
                    break;
                }
            }
            found += 1;
        }
        Stop(found)
    }
}

fn main() {}
