//! From spans of `tracing` to OpenTelemetry.

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

/// Gives each span to this exporter when it ends. In production, one of `opentelemetry-otlp` in a
/// batch.
pub fn provider(exporter: impl SpanExporter + 'static) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_simple_exporter(exporter).build()
}

/// The layer of a subscriber that gives its spans to this provider.
#[must_use]
pub fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer("example-traces"))
}

/// Has each request take part in the trace of its client. Its place in it is that of OpenTelemetry,
/// also in `cx.trace` and in problem documents.
pub fn taking_part(traces: Traces) -> Traces {
    let propagator = TraceContextPropagator::new();
    traces.each_span(move |span, headers| {
        // It fails where no layer takes the span; then there is nothing to take part in.
        span.set_parent(propagator.extract(&Headers(headers))).ok()?;
        place(span)
    })
}

/// The place of a span, as OpenTelemetry has it.
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
