//! What the choice of a document's operations sees of each.

use http::Method;

/// What [`OpenApi::only`](crate::OpenApi::only) sees of an operation.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::Method;
/// use hyperpoint::openapi::OperationHead;
///
/// fn is_read_by_partners(operation: OperationHead<'_>) -> bool {
///     operation.has_tag("Partners") && operation.method == Method::GET
/// }
/// # let _ = is_read_by_partners;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OperationHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The whole path, as in the document: `/orders/{id}`.
    pub path: &'a str,
    /// The tags of the endpoint, its groups and the host.
    pub tags: &'a [String],
    /// The version that the endpoint, its group or the host sets.
    pub version: Option<u32>,
    /// Whether it is deprecated.
    pub is_deprecated: bool,
    /// Whether anonymous clients may call the operation.
    pub is_anonymous: bool,
}

impl OperationHead<'_> {
    /// Returns whether the operation has this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}
