//! Metadata of the whole content, for responses that contain only ranges of the content or none of
//! it.

use http::HeaderValue;

/// The metadata of the whole content, for layers that depend on it, such as compression.
///
/// It is in the extensions of the response: of a 206, which contains only ranges of the content,
/// and of a 304 that results from a precondition, which contains no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeContent {
    /// The content type of the whole content, or `None` if it is unset.
    pub content_type: Option<HeaderValue>,
    /// Whether the content already has a content coding.
    pub is_encoded: bool,
    /// The length of the whole content, in bytes.
    pub length: u64,
}
