//! The check that a client accepts an event stream.

use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use hyperpoint_core::Problem;

/// Refuses a request whose `Accept` header excludes `text/event-stream` (RFC 9110 §12.5.1).
///
/// # Errors
///
/// Returns a 406 problem if the header excludes `text/event-stream`.
pub(super) fn accepts_events(headers: &HeaderMap) -> Result<(), Problem> {
    let mut best: Option<(u8, bool)> = None;
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut any = false;
    for range in values.flat_map(|value| value.split(',')).filter(|range| !range.trim().is_empty())
    {
        any = true;
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let precision = match kind.as_str() {
            "text/event-stream" => 2,
            "text/*" => 1,
            "*/*" => 0,
            _ => continue,
        };
        let is_zero = |part: &str| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.and_then(|weight| weight.trim().parse::<f32>().ok()) == Some(0.0)
        };
        let is_wanted = !parts.any(is_zero);
        // The most specific range decides, regardless of the others.
        if best.is_none_or(|(known, _)| precision > known) {
            best = Some((precision, is_wanted));
        }
    }
    if best.map_or(!any, |(_, is_wanted)| is_wanted) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE)
        .detail("this endpoint responds with text/event-stream"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(accept: &[&'static str], expected: bool) {
        let values = accept.iter().map(|value| (ACCEPT, HeaderValue::from_static(value)));
        assert_eq!(accepts_events(&values.collect()).is_ok(), expected, "{accept:?}");
    }

    #[test]
    fn line_27_an_accept_that_excludes_event_streams_is_refused() {
        check(&[], true);
        check(&[""], true);
        check(&["text/event-stream"], true);
        check(&["application/json", "Text/Event-Stream"], true);
        check(&["application/json, */*;q=0.1"], true);
        check(&["text/*"], true);
        check(&["application/json"], false);
        check(&["text/html, text/plain"], false);
        check(&["text/event-stream;q=0, */*"], false);
        check(&["*/*;q=0"], false);
        check(&["*/*;q=0, text/event-stream"], true);
    }
}
