//! Where the credentials of a scheme are in a request.

/// Where the credentials of an authentication scheme are in a request, for generated documents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carrier {
    /// `Authorization: Bearer`, with the format of the token, such as `JWT`, if it has one that clients may
    /// know.
    Bearer(Option<&'static str>),
    /// The header of this name.
    Header(String),
    /// The cookie of this name.
    Cookie(String),
    /// The query, at endpoints that allow it ([`Settings::allow_query_token`](crate::Settings::allow_query_token)).
    Query,
}
