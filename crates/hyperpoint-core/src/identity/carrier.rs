//! The locations of credentials in a request.

/// The location of the credentials of an authentication scheme in a request, for generated
/// documents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carrier {
    /// The header `Authorization: Bearer`. The value is the format of the token, such as `JWT`, or
    /// `None` if the token is opaque to clients.
    Bearer(Option<&'static str>),
    /// The header of this name.
    Header(String),
    /// The cookie of this name.
    Cookie(String),
    /// A query parameter, at endpoints that allow it
    /// ([`Settings::allow_query_token`](crate::Settings::allow_query_token)).
    Query,
}
