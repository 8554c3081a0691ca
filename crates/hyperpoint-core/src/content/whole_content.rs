//! Metadata of the whole content of a partial response.

use http::HeaderValue;

/// The metadata of the whole content, as an extension of a 304, which contains none of it, and of a
/// 206, which contains parts. For layers that depend on the content, such as compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeContent {
    /// The content type, or `None` for a response without a body.
    pub content_type: Option<HeaderValue>,
    /// Whether the content already has a content coding.
    pub is_encoded: bool,
    /// The length, in bytes.
    pub length: u64,
}
