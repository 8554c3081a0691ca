//! The properties by which a document selects operations.

use http::Method;

/// The properties of an operation that are passed to the function set by
/// [`OpenApi::only`](crate::OpenApi::only).
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
    /// The HTTP method.
    pub method: &'a Method,
    /// The complete path, as in the document: `/orders/{id}`.
    pub path: &'a str,
    /// The tags of the endpoint, its groups and the host.
    pub tags: &'a [String],
    /// The version that the endpoint, its group or the host sets, if any.
    pub version: Option<u32>,
    /// Whether the operation is deprecated.
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
