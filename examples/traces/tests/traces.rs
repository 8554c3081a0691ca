//! The spans that OpenTelemetry receives for a request.

use example_traces::{layer, provider, taking_part};
use hyperpoint::http::Request;
use hyperpoint::prelude::*;
use opentelemetry_sdk::trace::InMemorySpanExporter;
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn a_request_is_a_span_in_the_trace_of_its_client() {
    let exporter = InMemorySpanExporter::default();
    let provider = provider(exporter.clone());
    let subscriber = tracing_subscriber::registry().with(layer(&provider));
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = Host::new().traces(taking_part).build().unwrap();
    let request = Request::get("/stock").header("traceparent", PARENT);
    let answer = app.oneshot(request.body(String::new()).unwrap()).await.unwrap();
    drop(answer);
    let spans = exporter.get_finished_spans().unwrap();
    let [span] = &*spans else {
        unreachable!("{spans:?}");
    };
    assert_eq!(span.name, "GET /stock");
    assert_eq!(span.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(span.span_kind, opentelemetry::trace::SpanKind::Server);
    let has = |name: &str, value: &str| {
        let mut attributes = span.attributes.iter();
        attributes.any(|told| told.key.as_str() == name && told.value.to_string() == value)
    };
    assert!(has("http.route", "/stock") && has("http.response.status_code", "200"), "{span:?}");
    // The trace context that a call of the handler sends names this span.
    let own = span.span_context.span_id().to_string();
    assert!(has("span_id", &own), "{span:?}");
}
