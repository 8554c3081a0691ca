//! Calls tools: sends a request to the endpoint, and converts its response to a result.

use std::sync::Arc;

use async_stream::stream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, pin_mut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode, response};
use http_body_util::{BodyExt, Limited};
use hyperpoint_core::endpoint::Streams;
use hyperpoint_core::exchange::WantsReport;
use hyperpoint_core::{Body, Problem, StreamEnd};
use hyperpoint_sse::StreamItem;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::call_request::{CallRequest, Meta};
use crate::call_result::CallResult;
use crate::caller::Caller;
use crate::event_reader::EventReader;
use crate::header_check::mismatch;
use crate::inner_request::{continue_trace, inner_request};
use crate::progress::Progress;
use crate::reply::Reply;
use crate::revision::Revision;
use crate::rpc::{INVALID_PARAMS, RpcError};
use crate::server::Server;
use crate::tool::Tool;

/// Maximum length of a response body that is not an event stream, in bytes.
const MAX_RESULT_BYTES: usize = 4 << 20;

/// Maximum length of a tool name in an error message, in characters.
const MAX_NAME_CHARS: usize = 128;

/// A call of an endpoint's tool.
struct ToolCall {
    server: Arc<Server>,
    tool: Arc<Tool>,
    id: Value,
    revision: Revision,
    progress: Option<Progress>,
}

/// Starts a call of an endpoint's tool.
///
/// # Errors
///
/// The reply, if the call is refused before it reaches the endpoint.
pub(crate) fn call<'a>(
    server: &Arc<Server>,
    request: CallRequest<'_>,
    caller: Caller<'a>,
    revision: Revision,
) -> Result<impl Future<Output = Reply> + Send + use<'a>, Box<Reply>> {
    let name = request.name.as_deref().unwrap_or_default();
    let Some(tool) = server.tools.get(name).cloned() else {
        let name: String = name.chars().take(MAX_NAME_CHARS).collect();
        let error = RpcError::new(INVALID_PARAMS, format!("Unknown tool: {name}"));
        return Err(Reply::error(&request.id, &error).into());
    };
    let Some(arguments) = request.arguments else {
        let error = RpcError::new(INVALID_PARAMS, "Invalid params: `arguments` must be an object");
        return Err(Reply::error(&request.id, &error).into());
    };
    if let Some(text) = differing(&tool, &arguments, caller, revision) {
        return Err(Reply::error(&request.id, &mismatch(&text)).into());
    }
    let progress = Progress::for_token(request.progress_token.as_ref());
    let server = Arc::clone(server);
    let call = ToolCall { server, tool, id: request.id, revision, progress };
    let response = call.send(arguments, &request.meta, caller)?;
    Ok(call.answer(response, caller))
}

/// Returns how a header differs from the argument that it repeats, or `None` if all headers agree.
/// Before MCP 2026-07-28, absent headers agree.
fn differing(
    tool: &Tool,
    arguments: &Arguments<'_>,
    caller: Caller<'_>,
    revision: Revision,
) -> Option<String> {
    if tool.param_headers.is_empty() {
        return None;
    }
    let values = arguments.values();
    let mut params = tool.param_headers.iter();
    let headers = &caller.request.headers;
    params.find_map(|param| match revision.is_stateless() {
        true => param.mismatch(headers, &values),
        false => param.present_mismatch(headers, &values),
    })
}

impl ToolCall {
    /// Sends the request of the call to the endpoint.
    ///
    /// # Errors
    ///
    /// The reply to a call that does not reach the endpoint.
    fn send(
        &self,
        arguments: Arguments<'_>,
        meta: &Meta<'_>,
        caller: Caller<'_>,
    ) -> Result<impl Future<Output = Response<Body>> + Send + use<>, Box<Reply>> {
        let unavailable = || Problem::new(StatusCode::SERVICE_UNAVAILABLE);
        let application = self.server.application().ok_or_else(unavailable);
        let application = application.map_err(|problem| Box::new(self.problem(&problem)))?;
        let inner = inner_request(&application, &self.tool, arguments, caller, self.accept());
        let mut inner = inner.map_err(|problem| Box::new(self.problem(&problem)))?;
        if self.may_stream() && accepts_events(&caller.request.headers) {
            caller.response.reserve().map_err(|problem| Box::new(Reply::Refused(problem)))?;
        }
        continue_trace(&mut inner, meta);
        if self.tool.streams() != Streams::Never {
            inner.extensions_mut().insert(WantsReport::default());
        }
        Ok(application.forward(inner, caller.peer))
    }

    /// Waits for the response of the endpoint, and converts it to a reply.
    async fn answer(
        self,
        response: impl Future<Output = Response<Body>>,
        caller: Caller<'_>,
    ) -> Reply {
        let (head, body) = response.await.into_parts();
        let content_type = content_type(&head.headers);
        if content_type.starts_with("text/event-stream") && head.status.is_success() {
            let report = head.extensions.get::<WantsReport>().cloned().unwrap_or_default();
            return Box::pin(self.events(EventReader::new(body), report, caller)).await;
        }
        if head.status.is_redirection() {
            return self.finished(&CallResult::redirect(&head));
        }
        let Some(body) = whole(body).await else {
            return self
                .finished(&CallResult::error("the response has more than 4 MiB, or ended early"));
        };
        if is_challenge(&head) {
            return refused(&head, &body);
        }
        self.finished(&CallResult::of(head.status, content_type, &body))
    }

    /// Returns whether the call requests an event stream: if the endpoint always streams, or if it
    /// streams on request and the client requests progress.
    fn may_stream(&self) -> bool {
        match self.tool.streams() {
            Streams::Always => true,
            Streams::ByRequest => self.progress.is_some(),
            Streams::Never => false,
        }
    }

    /// Returns the `Accept` header of the request to the endpoint, which prefers an event stream if
    /// [`may_stream`](Self::may_stream) is `true`.
    fn accept(&self) -> HeaderValue {
        HeaderValue::from_static(match self.may_stream() {
            true => "text/event-stream, application/json;q=0.9",
            false => "application/json, */*;q=0.9",
        })
    }

    fn finished(&self, result: &CallResult<'_>) -> Reply {
        Reply::Written(self.response(result))
    }

    /// Returns the response with this result, as JSON.
    fn response(&self, result: &CallResult<'_>) -> Vec<u8> {
        let end = self.server.result_end(self.revision);
        result.response(&self.id, (&self.tool, self.revision), end)
    }

    /// Returns a problem as an error result of the tool.
    fn problem(&self, problem: &Problem) -> Reply {
        let (status, body) = (problem.status(), problem.to_json());
        self.finished(&CallResult::of(status, "application/problem+json", body.as_bytes()))
    }

    /// Answers with a stream of progress and the response, or with the response alone if the client
    /// does not accept an event stream.
    async fn events(self, events: EventReader, report: WantsReport, caller: Caller<'_>) -> Reply {
        let takes_events = accepts_events(&caller.request.headers);
        let messages = self.messages(events, report);
        if takes_events {
            return Reply::Messages(Box::pin(
                messages.map(|message| Ok(StreamItem::text(String::from_utf8(message)?))),
            ));
        }
        pin_mut!(messages);
        let mut last = Vec::new();
        while let Some(message) = messages.next().await {
            last = message;
        }
        Reply::Written(last)
    }

    /// Converts the endpoint's events to progress notifications, followed by the response, as JSON.
    fn messages(
        mut self,
        mut events: EventReader,
        report: WantsReport,
    ) -> impl Stream<Item = Vec<u8>> + Send {
        stream! {
            let mut last: Option<String> = None;
            let response = loop {
                let event = match events.next().await {
                    None => break self.response(&self.ended(last.as_deref(), &report)),
                    Some(Err(_cut)) => {
                        let error = CallResult::error("the stream ended early, or an event has \
                             more than 4 MiB");
                        break self.response(&error);
                    }
                    Some(Ok(event)) => event,
                };
                match self.read(&event.name, &event.data) {
                    Read::Skipped => continue,
                    Read::Result(result) => break self.response(&result),
                    Read::Data => {}
                }
                if let Some(progress) = &mut self.progress {
                    yield progress.notification(&event.data).to_string().into_bytes();
                }
                last = Some(event.data);
            };
            // The endpoint's handler is dropped before the client receives the result.
            drop(events);
            yield response;
        }
    }

    fn read<'r>(&self, name: &str, data: &'r str) -> Read<'r> {
        let is_result = self.tool.result_event.as_deref() == Some(name);
        match name {
            _ if is_result => Read::Result(CallResult::of_event(data)),
            _ if !self.tool.is_for_event_source() => Read::Data,
            "problem" => Read::Result(CallResult::of_problem_event(data)),
            "reconnect" => {
                Read::Result(CallResult::error("the server ended the stream; call again"))
            }
            "ready" | "gap" | "done" => Read::Skipped,
            _ => Read::Data,
        }
    }

    /// Returns the result of a stream that has ended. `last` is the data of the endpoint's last
    /// event, or `None` if it sent no event.
    fn ended<'r>(&self, last: Option<&'r str>, report: &WantsReport) -> CallResult<'r> {
        // A stream for `EventSource` may fail and still end without an error; its last event is
        // then not the result. A stream without a report is complete if its body ends without an
        // error.
        if report.report().is_some_and(|report| !is_whole(report.end)) {
            return CallResult::error("the stream failed before its result");
        }
        match (last, &self.tool.result_event) {
            (Some(data), None) => CallResult::of_event(data),
            _ => CallResult::error("the stream ended without a result; try again later"),
        }
    }
}

/// Returns the bytes of a body, or `None` if the body has more than [`MAX_RESULT_BYTES`] or fails.
async fn whole(mut body: Body) -> Option<Bytes> {
    if body.is_streamed() {
        return Some(Limited::new(body, MAX_RESULT_BYTES).collect().await.ok()?.to_bytes());
    }
    match body.frame().await {
        Some(frame) => frame.ok()?.into_data().ok().filter(|body| body.len() <= MAX_RESULT_BYTES),
        None => Some(Bytes::new()),
    }
}

/// The effect of an event on the call.
enum Read<'r> {
    /// An event of the host, which is ignored.
    Skipped,
    Result(CallResult<'r>),
    Data,
}

/// Returns whether a stream that ended for this reason is complete, so that its last event is the
/// result.
fn is_whole(end: StreamEnd) -> bool {
    matches!(end, StreamEnd::Finished | StreamEnd::Until | StreamEnd::ClientLeft)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns whether a client accepts an event stream as the response (RFC 9110 §12.5.1).
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

/// Returns whether a response requires other credentials, which the client can supply but a model
/// cannot.
fn is_challenge(head: &response::Parts) -> bool {
    head.status == StatusCode::UNAUTHORIZED
        || head.status == StatusCode::FORBIDDEN && head.headers.contains_key(WWW_AUTHENTICATE)
}

/// Returns the HTTP response that refuses the call, with the status, the challenges and the body of
/// the endpoint's response.
fn refused(head: &response::Parts, body: &[u8]) -> Reply {
    let challenges = head.headers.get_all(WWW_AUTHENTICATE).iter();
    let headers = challenges.map(|value| (WWW_AUTHENTICATE, value.clone())).collect();
    let body = serde_json::from_slice(body).unwrap_or_default();
    Reply::Json { status: head.status, headers, body }
}
