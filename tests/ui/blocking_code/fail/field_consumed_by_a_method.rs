use workflows_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Request {
    body: String,
    size: u64,
}

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(request): Start<Request>) -> Stop<u64> {
        #[blocking(io)]
        let body = request.body.into_bytes();
        Stop(request.size + body.len() as u64)
    }
}

fn main() {}
