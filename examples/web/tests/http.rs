//! Requests over HTTP to the service, as a client sends them.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    time::Duration,
};
use tokio::{net::TcpListener, runtime::Runtime};
use web::{order::Shipped, service};

/// The service, until it is dropped.
struct Server {
    address: SocketAddr,
    _runtime: Runtime,
}

struct Reply {
    status: u16,
    body: String,
}

impl Server {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, service::routes()).await });
        Self { address, _runtime: runtime }
    }

    fn get(&self, path: &str) -> Reply {
        reply(agent().get(self.url(path)).call())
    }

    fn delete(&self, path: &str) -> Reply {
        reply(agent().delete(self.url(path)).call())
    }

    fn post(&self, path: &str, body: &str) -> Reply {
        reply(agent().post(self.url(path)).header("content-type", "application/json").send(body))
    }

    fn order(&self, item: &str) -> String {
        let started = self.post("/orders", &format!("{item:?}"));
        assert_eq!(started.status, 201);
        let started: HashMap<String, String> = serde_json::from_str(&started.body).unwrap();
        started["id"].clone()
    }

    /// The events of an order, as they come.
    fn events(&self, id: &str, seen: Option<u64>) -> Events {
        let mut request = agent().get(self.url(&format!("/orders/{id}/events")));
        if let Some(seen) = seen {
            request = request.header("last-event-id", seen.to_string());
        }
        let response = request.call().unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events(Box::new(BufReader::new(response.into_body().into_reader())))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn agent() -> ureq::Agent {
    let timeout = Some(Duration::from_mins(1));
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(timeout).build().into()
}

fn reply(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Reply {
    let mut response = response.unwrap();
    Reply { status: response.status().as_u16(), body: response.body_mut().read_to_string().unwrap() }
}

/// Server-sent events, each as its id, name and data.
struct Events(Box<dyn BufRead>);

impl Iterator for Events {
    type Item = (u64, String, String);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut id, mut name, mut data) = (0, String::new(), String::new());
        for line in (&mut self.0).lines() {
            let line = line.unwrap();
            match line.split_once(": ") {
                Some(("id", value)) => id = value.parse().unwrap(),
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => value.clone_into(&mut data),
                // An empty line ends an event, a line that begins with a colon is a comment.
                _ if line.is_empty() && !name.is_empty() => return Some((id, name, data)),
                _ => {}
            }
        }
        None
    }
}

fn event(id: u64, name: &str, data: &str) -> (u64, String, String) {
    (id, name.to_owned(), data.to_owned())
}

#[test]
fn order_is_started_streamed_answered_and_returned() {
    let server = Server::start();
    let id = server.order("tea");
    let mut events = server.events(&id, None);
    assert_eq!(events.next(), Some(event(1, "progress", "received")));
    assert_eq!(events.next(), Some(event(2, "prompt", "1 buy tea?")));

    assert_eq!(server.post(&format!("/orders/{id}/prompts/1"), "true").status, 202);
    let rest: Vec<_> = events.map(|(_, name, data)| (name, data)).collect();
    let expected = [("progress", "shipping"), ("end", "completed")];
    assert_eq!(rest, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));

    let result = server.get(&format!("/orders/{id}"));
    assert_eq!(result.status, 200);
    let shipped: Shipped = serde_json::from_str(&result.body).unwrap();
    assert_eq!(shipped.receipt, "one tea");
}

#[test]
fn client_that_reconnects_continues_after_its_last_event() {
    let server = Server::start();
    let id = server.order("tea");
    let first = server.events(&id, None).next();
    assert_eq!(first, Some(event(1, "progress", "received")));
    // The client is gone, and the run is not.
    let mut events = server.events(&id, Some(1));
    assert_eq!(events.next(), Some(event(2, "prompt", "1 buy tea?")));
}

#[test]
fn list_has_the_open_prompts() {
    let server = Server::start();
    let (tea, coal) = (server.order("tea"), server.order("coal"));
    for id in [&tea, &coal] {
        server.events(id, None).nth(1).unwrap();
    }
    server.post(&format!("/orders/{coal}/prompts/1"), "true");
    server.get(&format!("/orders/{coal}"));
    let orders: serde_json::Value = serde_json::from_str(&server.get("/orders").body).unwrap();
    let order = |id: &str| orders.as_array().unwrap().iter().find(|order| order["id"] == id).unwrap().clone();
    assert_eq!(orders.as_array().unwrap().len(), 2);
    assert_eq!(order(&tea)["prompts"], serde_json::json!({ "1": "buy tea?" }));
    assert_eq!((&order(&tea)["finished"], &order(&coal)["finished"]), (&false.into(), &true.into()));
    assert_eq!(order(&coal)["prompts"], serde_json::json!({}));
}

#[test]
fn declined_and_cancelled_orders_have_an_error() {
    let server = Server::start();
    let id = server.order("coal");
    server.events(&id, None).nth(1).unwrap();
    assert_eq!(server.post(&format!("/orders/{id}/prompts/1"), "false").status, 202);
    let result = server.get(&format!("/orders/{id}"));
    assert_eq!((result.status, result.body.as_str()), (422, "step `approve` failed: declined"));

    let id = server.order("tea");
    assert_eq!(server.delete(&format!("/orders/{id}")).status, 202);
    let (_, name, data) = server.events(&id, None).last().unwrap();
    assert_eq!((name.as_str(), data.as_str()), ("end", "cancelled"));
}

#[test]
fn wrong_requests_are_refused() {
    let server = Server::start();
    let id = server.order("tea");
    server.events(&id, None).nth(1).unwrap();
    let answer = |prompt: &str, body: &str| server.post(&format!("/orders/{id}/prompts/{prompt}"), body).status;
    assert_eq!(answer("one", "true"), 404);
    assert_eq!(answer("7", "true"), 409);
    assert_eq!(answer("1", "\"yes\""), 422);
    assert_eq!(answer("1", "true"), 202);
    server.get(&format!("/orders/{id}"));
    assert_eq!(answer("1", "true"), 410);
    assert_eq!(server.get("/orders/none").status, 404);
    assert_eq!(server.post("/orders", "{}").status, 422);
}
