use workflows_runtime::nonblocking;

struct Own;
impl Own {
    fn call(&self) -> u8 {
        1
    }
    fn send(&self, _: u8) -> u8 {
        1
    }
    fn run(&self, _: u8) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn building(agent: &ureq::Agent, url: &str, own: Own, body: &ureq::Body) -> Option<u64> {
    let request = agent.get(url).header("a", "b").query("c", "d");
    drop(request);
    own.call();
    own.send(1);
    own.run(1);
    body.content_length()
}

#[nonblocking(known_blocking)]
pub async fn offloaded(url: String) -> u16 {
    tokio::task::spawn_blocking(move || ureq::get(&url).call().unwrap().status().as_u16()).await.unwrap()
}
