//! Content negotiation: whether a client prefers an event stream, according to its `Accept` header.

use http::HeaderMap;
use http::header::ACCEPT;

/// Returns whether the `Accept` header contains `text/event-stream` with a weight that is above 0
/// and at least the weight of `application/json`. Wildcards are ignored.
#[must_use]
pub fn asks_for_events(headers: &HeaderMap) -> bool {
    let (mut events, mut json) = (0.0, 0.0);
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let of_range = if kind.eq_ignore_ascii_case("text/event-stream") {
            &mut events
        } else if kind.eq_ignore_ascii_case("application/json") {
            &mut json
        } else {
            continue;
        };
        *of_range = parts.find_map(weight).unwrap_or(1.0);
    }
    events > 0.0 && events >= json
}

/// Returns the weight if the parameter is `q`, otherwise `None`. An invalid weight counts as 1.
fn weight(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    let is_weight = name.trim().eq_ignore_ascii_case("q");
    is_weight.then(|| {
        value.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(1.0)
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(accept: &[&'static str], expected: bool) {
        let values = accept.iter().map(|value| (ACCEPT, HeaderValue::from_static(value)));
        assert_eq!(asks_for_events(&values.collect()), expected, "{accept:?}");
    }

    #[test]
    fn a_client_asks_for_events_by_their_name() {
        check(&["text/event-stream"], true);
        check(&["application/json, text/event-stream"], true);
        check(&["application/json", "Text/Event-Stream ; charset=utf-8"], true);
        check(&["application/json;q=0.5, text/event-stream;q=0.8"], true);
        check(&["application/json, text/event-stream;q=0.1"], false);
        check(&["text/event-stream;q=0"], false);
        check(&["text/event-stream; Q=0.0"], false);
        check(&["text/event-stream;q=NaN"], true);
        check(&["application/json"], false);
        check(&["*/*"], false);
        check(&["text/*"], false);
        check(&[], false);
    }
}
