//! A call: from the message to the endpoint, and from its response to the result.

use std::sync::Arc;

use async_stream::stream;
use futures_util::{Stream, StreamExt, pin_mut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::{StatusCode, response};
use http_body_util::{BodyExt, Limited};
use hyperpoint_core::endpoint::Streams;
use hyperpoint_core::exchange::WantsReport;
use hyperpoint_core::{Problem, StreamEnd};
use hyperpoint_sse::StreamItem;
use serde_json::{Map, Value};
use tower_service::Service;

use crate::call_result::CallResult;
use crate::caller::Caller;
use crate::event_reader::EventReader;
use crate::header_check::mismatch;
use crate::inner_request::{continue_trace, inner_request};
use crate::message::Request;
use crate::progress::Progress;
use crate::reply::Reply;
use crate::revision::Revision;
use crate::rpc::{INVALID_PARAMS, RpcError, response};
use crate::server::Server;
use crate::tool::Tool;

/// Maximum length of a result without events, in bytes.
const MAX_RESULT_BYTES: usize = 4 << 20;

/// Maximum length of a name that an error repeats, in characters.
const MAX_NAME_CHARS: usize = 128;

/// One call.
struct ToolCall {
    server: Arc<Server>,
    tool: Arc<Tool>,
    id: Value,
    revision: Revision,
    progress: Option<Progress>,
}

/// Answers `tools/call`.
pub(crate) async fn call(
    server: &Arc<Server>,
    mut request: Request,
    caller: Caller<'_>,
    revision: Revision,
) -> Reply {
    let name = request.text("name").unwrap_or_default();
    let Some(tool) = server.tools.get(name).cloned() else {
        let name: String = name.chars().take(MAX_NAME_CHARS).collect();
        let error = RpcError::new(INVALID_PARAMS, format!("Unknown tool: {name}"));
        return Reply::error(&request.id, &error);
    };
    let arguments = match request.params.remove("arguments") {
        Some(Value::Object(arguments)) => arguments,
        None => Map::new(),
        Some(_) => {
            let error = RpcError::new(INVALID_PARAMS, "Invalid params: `arguments` is an object");
            return Reply::error(&request.id, &error);
        }
    };
    let mut params = tool.param_headers.iter();
    let headers = &caller.request.headers;
    let differs = params.find_map(|param| match revision.is_stateless() {
        true => param.mismatch(headers, &arguments),
        false => param.present_mismatch(headers, &arguments),
    });
    if let Some(text) = differs {
        return Reply::error(&request.id, &mismatch(&text));
    }
    let progress = Progress::for_token(request.meta("progressToken"));
    let meta = request.params.remove("_meta");
    let server = Arc::clone(server);
    let call = ToolCall { server, tool, id: request.id, revision, progress };
    call.run(arguments, meta.as_ref(), caller).await
}

impl ToolCall {
    async fn run(
        self,
        arguments: Map<String, Value>,
        meta: Option<&Value>,
        caller: Caller<'_>,
    ) -> Reply {
        let Some(mut application) = self.server.application() else {
            return self.problem(&Problem::new(StatusCode::SERVICE_UNAVAILABLE));
        };
        let built = inner_request(&application, &self.tool, arguments, caller, self.accept());
        let mut inner = match built {
            Ok(inner) => inner,
            Err(problem) => return self.problem(&problem),
        };
        if self.may_stream()
            && accepts_events(&caller.request.headers)
            && let Err(problem) = caller.response.reserve()
        {
            return Reply::Refused(problem);
        }
        continue_trace(&mut inner, meta);
        inner.extensions_mut().insert(WantsReport::default());
        let (head, body) = match application.call(inner).await {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        let content_type = content_type(&head.headers);
        if content_type.starts_with("text/event-stream") && head.status.is_success() {
            let report = head.extensions.get::<WantsReport>().cloned().unwrap_or_default();
            return self.events(EventReader::new(body), report, caller).await;
        }
        if head.status.is_redirection() {
            return self.finished(CallResult::redirect(&head));
        }
        let body = match Limited::new(body, MAX_RESULT_BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_error) => {
                return self.finished(CallResult::error("the response is too large, or was cut"));
            }
        };
        if is_challenge(&head) {
            return refused(&head, &body);
        }
        self.finished(CallResult::of(head.status, content_type, &body))
    }

    /// Returns whether the response of the endpoint is an event stream, unless it refuses the call.
    fn may_stream(&self) -> bool {
        match self.tool.streams() {
            Streams::Always => true,
            Streams::ByRequest => self.progress.is_some(),
            Streams::Never => false,
        }
    }

    /// Returns what the call accepts: events if the client wants progress, or if there is nothing else.
    fn accept(&self) -> HeaderValue {
        HeaderValue::from_static(match self.may_stream() {
            true => "text/event-stream, application/json;q=0.9",
            false => "application/json, */*;q=0.9",
        })
    }

    fn finished(&self, result: CallResult) -> Reply {
        Reply::message(self.response(result))
    }

    fn response(&self, result: CallResult) -> Value {
        let result = result.into_value(&self.tool, self.revision);
        response(&self.id, self.server.completed(result, "tools/call", self.revision))
    }

    /// Answers with a problem as the error of the tool.
    fn problem(&self, problem: &Problem) -> Reply {
        let (status, body) = (problem.status(), problem.to_json());
        self.finished(CallResult::of(status, "application/problem+json", body.as_bytes()))
    }

    /// Answers with the events of a stream: as messages, or with the response alone if the client takes no others.
    async fn events(self, events: EventReader, report: WantsReport, caller: Caller<'_>) -> Reply {
        let takes_events = accepts_events(&caller.request.headers);
        let messages = self.messages(events, report);
        if takes_events {
            return Reply::Messages(Box::pin(
                messages.map(|message| StreamItem::json(&message).map_err(Problem::from)),
            ));
        }
        pin_mut!(messages);
        let mut last = Value::Null;
        while let Some(message) = messages.next().await {
            last = message;
        }
        Reply::message(last)
    }

    /// Returns the progress and the response of a stream.
    fn messages(
        mut self,
        mut events: EventReader,
        report: WantsReport,
    ) -> impl Stream<Item = Value> + Send {
        stream! {
            let mut last = None;
            let result = loop {
                let data = match events.next().await {
                    None => break self.ended(last.as_deref(), &report),
                    Some(Err(_cut)) => break CallResult::error("the stream was cut before its result"),
                    Some(Ok(event)) => match self.read(&event.name, event.data) {
                        Read::Skipped => continue,
                        Read::Result(result) => break result,
                        Read::Data(data) => data,
                    },
                };
                if let Some(progress) = &mut self.progress {
                    yield progress.notification(&data);
                }
                last = Some(data);
            };
            // The handler is dropped before the client knows the result.
            drop(events);
            yield self.response(result);
        }
    }

    fn read(&self, name: &str, data: String) -> Read {
        let is_result = self.tool.result_event.as_deref() == Some(name);
        match name {
            _ if is_result => Read::Result(CallResult::of_event(&data)),
            _ if !self.tool.is_for_event_source() => Read::Data(data),
            "problem" => Read::Result(CallResult::of_problem_event(&data)),
            "reconnect" => {
                Read::Result(CallResult::error("the server ended the stream; call again"))
            }
            "ready" | "gap" | "done" => Read::Skipped,
            _ => Read::Data(data),
        }
    }

    /// Returns the result of a stream that has ended, after this event.
    fn ended(&self, last: Option<&str>, report: &WantsReport) -> CallResult {
        // A stream for `EventSource` may fail and end cleanly, and its last event is no result then.
        if report.report().is_some_and(|report| !is_whole(report.end)) {
            return CallResult::error("the stream failed before its result");
        }
        match (last, &self.tool.result_event) {
            (Some(data), None) => CallResult::of_event(data),
            _ => CallResult::error("the stream ended without a result; try again later"),
        }
    }
}

/// What an event means.
enum Read {
    /// An event of the host.
    Skipped,
    Result(CallResult),
    Data(String),
}

/// Returns whether a stream that ended so has all of its events. Without a reason, its end says so.
fn is_whole(end: StreamEnd) -> bool {
    matches!(end, StreamEnd::Finished | StreamEnd::Until | StreamEnd::ClientLeft)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns whether a client takes an event stream as the response (RFC 9110 §12.5.1).
fn accepts_events(headers: &HeaderMap) -> bool {
    let values =
        headers.get_all(http::header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(',')).map(str::trim).peekable();
    if ranges.peek().is_none() {
        return true;
    }
    // The most specific range decides.
    let weighed = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let known = ["*/*", "text/*", "text/event-stream"];
        let rank = known.iter().position(|known| kind.eq_ignore_ascii_case(known))?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let is_refused = weight.is_some_and(|weight| weight.trim().parse() == Ok(0.0));
        Some((rank, !is_refused))
    });
    weighed.max().is_some_and(|(_, is_accepted)| is_accepted)
}

/// Returns whether a response asks the client for other credentials, which a model does not have.
fn is_challenge(head: &response::Parts) -> bool {
    head.status == StatusCode::UNAUTHORIZED
        || head.status == StatusCode::FORBIDDEN && head.headers.contains_key(WWW_AUTHENTICATE)
}

/// Returns a response for the client itself, with the challenges of the endpoint.
fn refused(head: &response::Parts, body: &[u8]) -> Reply {
    let challenges = head.headers.get_all(WWW_AUTHENTICATE).iter();
    let headers = challenges.map(|value| (WWW_AUTHENTICATE, value.clone())).collect();
    let body = serde_json::from_slice(body).unwrap_or_default();
    Reply::Json { status: head.status, headers, body }
}
