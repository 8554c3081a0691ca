//! The trace context of a client, on its way through a host.

use std::sync::Mutex;

use http::Request;
use hyperpoint::TraceContext;
use hyperpoint::prelude::*;

use super::captured::Captured;
use crate::http::{ask, endpoint};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

endpoint! {
    /// Responds with the trace context that a call of its handler would send.
    Outgoing: () => String;
    |config| {
        config.get("/outgoing");
        config.allow_anonymous();
    }
    |(), cx| {
        let headers = cx.trace.headers();
        let text = |name| headers.get(name).map_or("-", |value| value.to_str().unwrap_or("?"));
        let text = format!("{} {}", text("traceparent"), text("tracestate"));
        cx.send.string_async(text).await
    }
}

fn request(path: &str, parent: Option<&str>) -> Request<String> {
    let request = Request::get(path);
    let request = match parent {
        Some(parent) => request.header("traceparent", parent).header("tracestate", "a=1"),
        None => request,
    };
    request.body(String::new()).unwrap()
}

async fn outgoing(host: Host, parent: Option<&str>) -> String {
    let app = host.endpoint::<Outgoing>().build().unwrap();
    let answer = ask(&app, request("/outgoing", parent)).await;
    answer.rsplit('\n').next().unwrap().to_owned()
}

#[tokio::test]
async fn without_spans_the_trace_context_is_passed_on_unchanged() {
    assert_eq!(outgoing(Host::empty(), Some(PARENT)).await, format!("{PARENT} a=1"));
    assert_eq!(outgoing(Host::empty(), Some("00-bad")).await, "- -");
    assert_eq!(outgoing(Host::empty(), None).await, "- -");
}

#[tokio::test]
async fn a_request_with_a_span_is_a_child_in_the_trace_of_its_client() {
    let log = Captured::new();
    let traced = || Host::empty().traces(|traces| traces);
    let answer = outgoing(traced(), Some(PARENT)).await;
    let (parent, state) = answer.split_once(' ').unwrap();
    let own = TraceContext::parse(parent).unwrap();
    assert_eq!((own.trace_id().as_str(), state), (TRACE, "a=1"));
    assert_ne!(own.span_id(), "00f067aa0ba902b7");
    assert!(log.text().contains("parent_span_id=\"00f067aa0ba902b7\""), "{}", log.text());

    let answer = outgoing(traced(), Some(&PARENT.to_uppercase())).await;
    let (parent, state) = answer.split_once(' ').unwrap();
    assert_ne!(TraceContext::parse(parent).unwrap().trace_id(), TRACE);
    assert_eq!(state, "-");
}

#[tokio::test]
async fn the_problem_document_has_the_trace_id_of_the_span() {
    let _log = Captured::new();
    let spans = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&spans);
    let host = Host::empty().endpoint::<Outgoing>().traces(move |traces| {
        traces.each_span(move |span, headers| {
            let name = span.metadata().map(|metadata| metadata.name());
            noted.lock().unwrap().push((name, headers.contains_key("traceparent")));
            None
        })
    });
    let app = host.build().unwrap();
    let told = ask(&app, request("/nowhere", Some(PARENT))).await;
    assert!(told.contains(r#""traceId":"T""#), "{told}");
    let answer = tower::ServiceExt::oneshot(app, request("/nowhere", Some(PARENT))).await.unwrap();
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains(TRACE));
    assert_eq!(*spans.lock().unwrap(), [(Some("request"), true), (Some("request"), true)]);
}

#[tokio::test]
async fn an_observer_of_the_span_may_set_its_trace_context() {
    let _log = Captured::new();
    let given = TraceContext::root();
    let host = Host::empty().traces(|traces| traces.each_span(move |_, _| Some(given)));
    assert_eq!(outgoing(host, Some(PARENT)).await, format!("{given} a=1"));
}
