//! Progress notifications, one for each event of a stream before its result.

use serde_json::{Value, json};

use crate::rpc::notification;

/// Maximum length of the message in a progress notification, in characters.
const MAX_MESSAGE_CHARS: usize = 1_000;

/// The progress of one call, identified by the token that its client has chosen.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    token: Value,
    last: Option<f64>,
}

impl Progress {
    /// Returns the progress of a call with this token, or `None` if the token is absent or neither
    /// a string nor a number.
    pub(crate) fn for_token(token: Option<&Value>) -> Option<Self> {
        let token = token.filter(|token| token.is_string() || token.is_number())?;
        Some(Self { token: token.clone(), last: None })
    }

    /// Returns the notification for an event with this data.
    ///
    /// The progress value is the field `progress` of the data if it is greater than the previous
    /// value, or else the previous value plus one, because the protocol requires that it increases.
    /// The total and the message are the fields `total` and `message`. Without `message`, the
    /// message is the data. It is cut to [`MAX_MESSAGE_CHARS`].
    pub(crate) fn notification(&mut self, data: &str) -> Value {
        let fields: Value = serde_json::from_str(data).unwrap_or_default();
        let number = |name: &str| fields.get(name).filter(|value| value.is_number()).cloned();
        let is_more = |own: &f64| self.last.is_none_or(|last| *own > last);
        let own = number("progress").filter(|own| own.as_f64().as_ref().is_some_and(is_more));
        let next = own.as_ref().and_then(Value::as_f64).unwrap_or(self.last.unwrap_or(0.0) + 1.0);
        self.last = Some(next);
        let progress = own.unwrap_or_else(|| written(next));
        let text = fields.get("message").and_then(Value::as_str).unwrap_or(data);
        let text: String = text.chars().take(MAX_MESSAGE_CHARS).collect();
        let mut params =
            json!({ "progressToken": self.token, "progress": progress, "message": text });
        if let (Some(total), Some(params)) = (number("total"), params.as_object_mut()) {
            params.insert("total".to_owned(), total);
        }
        notification("notifications/progress", &params)
    }
}

/// Converts a number to JSON: an integer if it has no fraction (`1`, not `1.0`).
fn written(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "the integer is compared with the number")]
    let integer = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "the integer is compared with the number")]
    match integer as f64 - number == 0.0 {
        true => json!(integer),
        false => json!(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_increases_whatever_the_events_say() {
        let mut progress = Progress::for_token(Some(&json!("t"))).unwrap();
        let mut next = |data: &str| {
            let params = progress.notification(data)["params"].clone();
            (params["progress"].to_string(), params["total"].to_string(), params["message"].clone())
        };
        assert_eq!(next(r#"{"step":"a"}"#), ("1".into(), "null".into(), json!(r#"{"step":"a"}"#)));
        let said = next(r#"{"progress":40,"total":100,"message":"packed"}"#);
        assert_eq!(said, ("40".into(), "100".into(), json!("packed")));
        assert_eq!(next(r#"{"progress":40,"message":"again"}"#).0, "41");
        assert_eq!(next(r#"{"progress":41.5}"#).0, "41.5");
        assert_eq!(next("plain text").2, json!("plain text"));
        assert!(Progress::for_token(Some(&json!({}))).is_none());
        let mut from_zero = Progress::for_token(Some(&json!(1))).unwrap();
        assert_eq!(from_zero.notification(r#"{"progress":0}"#)["params"]["progress"], 0);
    }
}
