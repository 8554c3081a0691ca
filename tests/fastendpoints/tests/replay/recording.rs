//! A recorded exchange: the request, and what FastEndpoints answered.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) id: String,
    /// The test that sent it. Its exchanges share the values of placeholders.
    pub(crate) test: String,
    pub(crate) run: String,
    pub(crate) seq: u64,
    pub(crate) request: Sent,
    pub(crate) response: Value,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<SentBody>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SentBody {
    Json(Value),
    Text(String),
    Multipart(Vec<Part>),
}

#[derive(Clone, Deserialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    /// The text of the part. `None` for a file, of which only the size was recorded.
    pub(crate) text: Option<String>,
    /// The size of the file in bytes.
    pub(crate) bytes: Option<usize>,
}

/// The size of the one picture of the recording.
const FILE_BYTES: usize = 13_978;

impl Exchange {
    pub(crate) fn read_all(lines: &str) -> Vec<Self> {
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The members of the expected answer of which this placeholder stands.
    pub(crate) fn answers_with(&self, placeholder: &str) -> bool {
        self.response["body"].to_string().contains(placeholder)
    }

    pub(crate) fn asks_with(&self, placeholder: &str) -> bool {
        self.request.headers.iter().any(|(_, value)| value.contains(placeholder))
    }
}

/// The bytes in place of the one picture of the recording.
pub(crate) fn file() -> Vec<u8> {
    (0_u8..251).cycle().take(FILE_BYTES).collect()
}
