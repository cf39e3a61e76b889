use workflows_runtime::prelude::*;

#[workflow]
struct Wait;

#[workflow]
impl Wait {
    #[step]
    async fn wait(&self, Start(path): Start<String>) -> Stop<String> {
        #[blocking(io)]
        let text: String;
        #[blocking]
        let other = path.len();
        text = path + &other.to_string();
        Stop(text)
    }
}

fn main() {}
