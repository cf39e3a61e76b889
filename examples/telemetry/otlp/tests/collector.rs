//! Runs the example with a collector that receives OTLP over HTTP.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value::Value},
    trace::v1::{Span, status::StatusCode},
};
use prost::Message;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Sender, channel},
    thread,
};

#[test]
fn run_step_and_blocking_call_are_one_trace() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = channel();
    thread::spawn(move || collect(&listener, &sender));
    let mut command = Command::new(env!("CARGO_BIN_EXE_otlp"));
    let output = command.env("OTEL_EXPORTER_OTLP_ENDPOINT", address).output().expect("the example can run");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4 words\n");

    let mut spans = Vec::new();
    while let Ok(request) = requests.try_recv() {
        for resource in request.resource_spans {
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    let trace = &spans.first().expect("a span").trace_id;
    assert!(spans.iter().all(|span| span.trace_id == *trace), "one trace: {names:?}");

    let run = named(&spans, "run Count");
    assert!(run.parent_span_id.is_empty());
    assert_eq!(attribute(run, "run").as_deref(), Some("first"));
    assert_eq!(attribute(run, "workflow").as_deref(), Some("Count"));
    let [fetch, count] = ["fetch", "count"].map(|step| named(&spans, step));
    for step in [fetch, count] {
        assert_eq!(step.parent_span_id, run.span_id, "{names:?}");
    }
    let attempts: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == fetch.span_id).collect();
    assert_eq!(attempts.len(), 2, "{names:?}");
    let failed: Vec<&&Span> = attempts.iter().filter(|attempt| has_failed(attempt)).collect();
    assert_eq!(failed.len(), 1, "{attempts:#?}");
    assert_eq!(attribute(failed[0], "exception.message").as_deref(), Some("connection reset"));

    let blocking = named(&spans, "blocking cpu");
    let attempt = spans.iter().find(|span| span.span_id == blocking.parent_span_id).expect("its parent");
    assert_eq!(attempt.parent_span_id, count.span_id, "{names:?}");
    assert!(!has_failed(run) && !has_failed(count));
    // What the code logs on the other thread is an event of its span.
    assert!(blocking.events.iter().any(|event| event.name == "counts the words"), "{:?}", blocking.events);
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(
        found.len(),
        1,
        "spans named `{name}` among {:?}",
        spans.iter().map(|span| &span.name).collect::<Vec<_>>()
    );
    found[0]
}

fn has_failed(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code == StatusCode::Error as i32)
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()? {
        AnyValue { value: Some(Value::StringValue(text)) } => Some(text.clone()),
        other => Some(format!("{other:?}")),
    }
}

/// A collector, as far as the exporter needs one.
fn collect(listener: &TcpListener, requests: &Sender<ExportTraceServiceRequest>) {
    for stream in listener.incoming() {
        let requests = requests.clone();
        // The exporter keeps its connection open.
        thread::spawn(move || serve(stream.expect("a connection"), &requests));
    }
}

fn serve(stream: TcpStream, requests: &Sender<ExportTraceServiceRequest>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return;
        }
        assert!(line.starts_with("POST /v1/traces "), "{line}");
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).expect("a header");
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let request = ExportTraceServiceRequest::decode(&body[..]).expect("spans");
        // Sent before the answer, so it is here when the exporter has ended.
        requests.send(request).expect("the test waits");
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
            .expect("an answer");
    }
}
