//! The service: one route for each thing that a client does with a run.

use crate::order::{Order, Shipped};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::sse::{Event, KeepAlive, Sse},
    routing::{get, post},
};
use futures_core::Stream;
use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Poll, ready},
};
use workflows_runtime::{AnswerErrorKind, EventStream, RunHandle, prelude::*};

/// The orders that this process executes or has executed, by the id of their run.
#[derive(Clone, Default)]
pub struct Orders(Arc<Mutex<HashMap<String, Arc<RunHandle<Order>>>>>);

impl Orders {
    pub fn insert(&self, run: RunHandle<Order>) -> String {
        let id = run.id().to_string();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), Arc::new(run));
        id
    }

    pub fn get(&self, id: &str) -> Result<Arc<RunHandle<Order>>, StatusCode> {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.get(id).cloned().ok_or(StatusCode::NOT_FOUND)
    }

    pub fn all(&self) -> Vec<Arc<RunHandle<Order>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

pub fn routes() -> Router {
    Router::new()
        .route("/orders", get(list).post(start))
        .route("/orders/{id}", get(result).delete(cancel))
        .route("/orders/{id}/events", get(events))
        .route("/orders/{id}/prompts/{prompt}", post(answer))
        .with_state(Orders::default())
}

#[event]
pub struct Started {
    pub id: String,
}

/// Starts an order.
async fn start(State(orders): State<Orders>, Json(item): Json<String>) -> (StatusCode, Json<Started>) {
    let run = Order.run(item).start();
    (StatusCode::CREATED, Json(Started { id: orders.insert(run) }))
}

#[event]
pub struct Listed {
    pub id: String,
    pub finished: bool,
    /// The open prompts, by id.
    pub prompts: HashMap<String, String>,
}

/// Lists the orders, with the prompts that wait for an answer.
async fn list(State(orders): State<Orders>) -> Json<Vec<Listed>> {
    let listed = |run: Arc<RunHandle<Order>>| Listed {
        id: run.id().to_string(),
        finished: run.is_finished(),
        prompts: run.open_prompts().into_iter().map(|open| (open.id.to_string(), open.prompt)).collect(),
    };
    Json(orders.all().into_iter().map(listed).collect())
}

/// Answers a prompt. A second answer to it is a conflict, and reaches no other prompt.
async fn answer(
    State(orders): State<Orders>,
    Path((id, prompt)): Path<(String, String)>,
    Json(yes): Json<bool>,
) -> Result<StatusCode, StatusCode> {
    let prompt: PromptId = prompt.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    match orders.get(&id)?.answer(prompt, yes) {
        Ok(()) => Ok(StatusCode::ACCEPTED),
        Err(error) if error.kind() == AnswerErrorKind::Ended => Err(StatusCode::GONE),
        Err(_) => Err(StatusCode::CONFLICT),
    }
}

/// Waits for the end of an order, and returns its result.
async fn result(State(orders): State<Orders>, Path(id): Path<String>) -> Result<Json<Shipped>, (StatusCode, String)> {
    let run = orders.get(&id).map_err(|status| (status, "no such order".to_owned()))?;
    match run.result().await {
        Ok(shipped) => Ok(Json(shipped)),
        Err(error) => Err((StatusCode::UNPROCESSABLE_ENTITY, error.to_string())),
    }
}

/// Cancels an order.
async fn cancel(State(orders): State<Orders>, Path(id): Path<String>) -> Result<StatusCode, StatusCode> {
    orders.get(&id)?.cancel();
    Ok(StatusCode::ACCEPTED)
}

/// Streams the events of an order. A client that reconnects continues after the last event that it has seen.
async fn events(
    State(orders): State<Orders>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let events = orders.get(&id)?.events();
    Ok(Sse::new(ServerSentEvents { events, number: 0, seen: seen.unwrap_or(0) }).keep_alive(KeepAlive::default()))
}

/// The events of a run, numbered from 1.
struct ServerSentEvents {
    events: EventStream<Order>,
    number: u64,
    seen: u64,
}

impl Stream for ServerSentEvents {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(event) = ready!(Pin::new(&mut self.events).poll_next(cx)) else { return Poll::Ready(None) };
            if let RunEvent::Lagged(missed) = event {
                self.number += missed;
                continue;
            }
            self.number += 1;
            if self.number <= self.seen {
                continue;
            }
            let sent = Event::default().id(self.number.to_string());
            let sent = match event {
                RunEvent::Published(text) => sent.event("progress").data(text),
                RunEvent::InputRequired { id, prompt, .. } => sent.event("prompt").data(format!("{id} {prompt}")),
                RunEvent::Ended(RunOutcome::Completed) => sent.event("end").data("completed"),
                RunEvent::Ended(RunOutcome::Failed(error)) => sent.event("end").data(error.to_string()),
                _ => continue,
            };
            return Poll::Ready(Some(Ok(sent)));
        }
    }
}
