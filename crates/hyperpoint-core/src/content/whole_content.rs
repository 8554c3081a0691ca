//! The whole content, of which an answer leaves all or a part out.

use http::HeaderValue;

/// The whole content, as an extension of a 304, which has none of it, and of a 206, which has parts:
/// for layers that treat contents by what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeContent {
    /// The content type; unset for an answer without a body.
    pub content_type: Option<HeaderValue>,
    /// Whether it has a content coding already.
    pub is_encoded: bool,
    /// The length, in bytes.
    pub length: u64,
}
