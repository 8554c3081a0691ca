//! Metadata of the whole content of a partial response.

use http::HeaderValue;

/// The metadata of the whole content, for layers that depend on it, such as compression.
///
/// It is an extension of a 304, which contains no content, and of a 206, which contains parts of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeContent {
    /// The content type of the whole content, or `None` if it has none.
    pub content_type: Option<HeaderValue>,
    /// Whether the content already has a content coding.
    pub is_encoded: bool,
    /// The length, in bytes.
    pub length: u64,
}
