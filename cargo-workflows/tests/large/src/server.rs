//! Serves files.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tower_http::{services::ServeDir, trace::TraceLayer};

pub async fn serve(listen: &str) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let routes = Router::new()
        .route("/health", get(health))
        .fallback_service(ServeDir::new(folder.path()))
        .layer(TraceLayer::new_for_http());
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, routes).await?;
    Ok(())
}

async fn health() -> Json<Value> {
    let status = tonic::Status::ok("serves");
    Json(json!({ "status": status.message() }))
}
