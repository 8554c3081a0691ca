//! What reads a request.

use std::any::TypeId;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode, request};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body_fields::from_body;
use super::fields::{from_fields, gather, query_pairs};
use super::plan::{BindingPlan, Rest};
use crate::exchange::RequestBody;
use crate::problem::Problem;

/// A request that is to be bound.
#[derive(Debug)]
#[non_exhaustive]
pub struct Incoming<'a> {
    /// Method, URI and headers.
    pub parts: &'a request::Parts,
    /// The body, not yet read.
    pub body: &'a mut RequestBody,
    /// The values of the route's parameters, decoded, in the order of the template.
    pub route: &'a [String],
    plan: &'a BindingPlan,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(
        parts: &'a request::Parts,
        body: &'a mut RequestBody,
        route: &'a [String],
        plan: &'a BindingPlan,
    ) -> Self {
        Self { parts, body, route, plan }
    }

    /// The route's parameters: names and values, in order.
    pub fn route_fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let names = self.plan.route_params().iter().map(String::as_str);
        names.zip(self.route.iter().map(String::as_str))
    }
}

/// What an endpoint's `Request` may be.
///
/// `()` reads nothing. A type with `Deserialize` and `JsonSchema` is bound field by field: those
/// that the route names from the route, others from the query on GET, HEAD and DELETE and from the
/// JSON body elsewhere. Anything else implements this trait itself, and derives neither of the two.
///
/// # Example
///
/// ```
/// use bytes::Bytes;
/// use http::StatusCode;
/// use hyperpoint_core::bind::Incoming;
/// use hyperpoint_core::{FromRequest, OrProblem, Problem};
///
/// struct Signed {
///     signature: String,
///     body: Bytes,
/// }
///
/// impl FromRequest for Signed {
///     async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
///         let header = request.parts.headers.get("x-signature");
///         let signature = header
///             .and_then(|value| value.to_str().ok())
///             .or_problem(StatusCode::BAD_REQUEST, "the header x-signature is missing")?;
///         Ok(Self { signature: signature.to_owned(), body: request.body.bytes().await? })
///     }
/// }
/// # let _ = |signed: Signed| (signed.signature, signed.body);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from a request",
    label = "this endpoint's request type",
    note = "write `#[derive(Deserialize, JsonSchema)]` above it, or implement `FromRequest` for it"
)]
pub trait FromRequest: Sized + Send + 'static {
    /// Reads the request.
    ///
    /// # Errors
    ///
    /// The problem that refuses it.
    fn from_request(request: Incoming<'_>) -> impl Future<Output = Result<Self, Problem>> + Send;

    /// The schema that start-up checks the route against; none where any route will do.
    #[doc(hidden)]
    #[must_use]
    fn schema() -> Option<Value> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> FromRequest for T {
    async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
        if is_unit::<T>() {
            return T::deserialize(
                serde::de::value::UnitDeserializer::<serde::de::value::Error>::new(),
            )
            .map_err(Problem::from);
        }
        let bound = match request.plan.rest() {
            Rest::Query => {
                let query = query_pairs(request.parts.uri.query().unwrap_or_default());
                from_fields(gather(request.route_fields(), &query))
            }
            Rest::Body => {
                let route: Vec<_> = request.route_fields().collect();
                let json = read_json(request, !route.is_empty()).await?;
                from_body(&json, &route)
            }
        };
        bound.map_err(|(name, reason)| refusal(name, reason))
    }

    fn schema() -> Option<Value> {
        (!is_unit::<T>()).then(|| schemars::schema_for!(T).to_value())
    }
}

fn is_unit<T: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<()>()
}

/// The JSON of the body. Where the route has fields there may be no body: it has no others then.
async fn read_json(request: Incoming<'_>, has_route_fields: bool) -> Result<Bytes, Problem> {
    if has_route_fields && request.body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    require_json(&request.parts.headers)?;
    request.body.bytes().await
}

fn refusal(name: String, reason: String) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST);
    if name.is_empty() { problem.detail(reason) } else { problem.error(name, reason) }
}

/// A body is JSON when it says so: `application/json`, or a type that ends in `+json`.
fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE);
    // As nearly all of them say it, and at no cost.
    if kind.is_some_and(|kind| kind == "application/json") {
        return Ok(());
    }
    let kind = kind.map(|kind| kind.to_str().unwrap_or_default());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_suffixed =
        essence.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"));
    if is_suffixed || essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = match kind {
        Some(kind) => format!("the body is `{kind}`; send `application/json`"),
        None => "the body has no content type; send `content-type: application/json`".to_owned(),
    };
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(detail))
}
