//! The connection from `tracing` spans to OpenTelemetry.

use hyperpoint::http::HeaderMap;
use hyperpoint::{TraceContext, Traces};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Creates a provider that gives each span to this exporter when it ends. In production, use one of
/// `opentelemetry-otlp` with a batch.
pub fn provider(exporter: impl SpanExporter + 'static) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_simple_exporter(exporter).build()
}

/// Creates the layer of a subscriber that sends its spans to this provider.
#[must_use]
pub fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer("example-traces"))
}

/// Makes each request part of the trace of its client. OpenTelemetry determines its span id, which
/// `cx.trace` and problem documents also have.
pub fn taking_part(traces: Traces) -> Traces {
    let propagator = TraceContextPropagator::new();
    traces.each_span(move |span, headers| {
        // Fails if no layer accepts the span; then there is no trace to join.
        span.set_parent(propagator.extract(&Headers(headers))).ok()?;
        place(span)
    })
}

/// Returns the trace context of a span, as OpenTelemetry has it.
fn place(span: &Span) -> Option<TraceContext> {
    let context = span.context();
    let span = context.span();
    let place = span.span_context();
    let flags = place.trace_flags().to_u8();
    TraceContext::parse(&format!("00-{}-{}-{flags:02x}", place.trace_id(), place.span_id()))
}

/// Headers as OpenTelemetry reads them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
