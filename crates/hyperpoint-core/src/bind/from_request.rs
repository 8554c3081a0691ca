//! `FromRequest`: the trait of types that can be built from a request.

use std::any::TypeId;

use http::{HeaderName, HeaderValue, Method, StatusCode, request};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::de::value::{self, UnitDeserializer};
use serde_json::Value;

use super::body_format::{BodyFormat, body_format};
use super::fault::bind_again;
#[cfg(feature = "multipart")]
use super::multipart::read_form;
use super::plan::{BindingPlan, BodyUse, EmptyBody};
use super::read::read;
use super::text::pairs;
use super::values::{BodyData, Values};
use crate::identity::Identity;
use crate::problem::Problem;
use crate::request_body::RequestBody;

const ACCEPT_QUERY: HeaderName = HeaderName::from_static("accept-query");

/// A request that is being bound: the input of [`FromRequest::from_request`].
///
/// # Examples
///
/// ```
/// use hyperpoint::{FromRequest, Incoming, Problem};
///
/// struct Agent(Option<String>);
///
/// impl FromRequest for Agent {
///     async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
///         let agent = request.parts.headers.get("user-agent");
///         Ok(Self(agent.and_then(|agent| agent.to_str().ok()).map(str::to_owned)))
///     }
/// }
/// # let _ = |agent: Agent| agent.0;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Incoming<'a> {
    /// The head of the request: method, URI, headers and extensions.
    pub parts: &'a request::Parts,
    /// The body, not yet read.
    pub body: &'a mut RequestBody,
    /// The decoded values of the route parameters, in the order of the template.
    pub route: &'a [String],
    /// The identity of the caller.
    pub identity: &'a Identity,
    plan: &'a BindingPlan,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(
        parts: &'a request::Parts,
        body: &'a mut RequestBody,
        route: &'a [String],
        identity: &'a Identity,
        plan: &'a BindingPlan,
    ) -> Self {
        Self { parts, body, route, identity, plan }
    }

    /// Returns the names and values of the route parameters, in the order of the template.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{FromRequest, Incoming, Problem};
    ///
    /// struct Params(Vec<String>);
    ///
    /// impl FromRequest for Params {
    ///     async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
    ///         let fields = request.route_fields();
    ///         Ok(Self(fields.map(|(name, value)| format!("{name}={value}")).collect()))
    ///     }
    /// }
    /// # let _ = |params: Params| params.0;
    /// ```
    pub fn route_fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let names = self.plan.route_params().iter().map(String::as_str);
        names.zip(self.route.iter().map(String::as_str))
    }

    /// Builds a `T` from the request without reading the body.
    pub(super) fn bind_without_body<T>(&self) -> Result<T, Problem>
    where
        T: DeserializeOwned + 'static,
    {
        if is_unit::<T>() {
            return T::deserialize(UnitDeserializer::<value::Error>::new()).map_err(Problem::from);
        }
        self.bind(BodyData::Nothing)
    }

    /// Adds the header `Accept-Query` with the accepted content types to the problem if the method
    /// is QUERY.
    fn with_accept_query(&self, problem: Problem) -> Problem {
        match self.plan.content_types().filter(|_| self.parts.method == Method::QUERY) {
            Some(types) => problem.header(ACCEPT_QUERY, HeaderValue::from_static(types)),
            None => problem,
        }
    }

    /// Builds a `T`, reading each field from its source.
    fn bind<T: DeserializeOwned>(&self, body: BodyData<'_>) -> Result<T, Problem> {
        let Self { parts, route, identity, plan, .. } = self;
        let values = Values::new(plan, parts, route, identity, body);
        read(&values).or_else(|error| bind_again(&values, &error))
    }

    /// Builds a `T` from a request with a `multipart/form-data` body, which may contain files.
    #[cfg(feature = "multipart")]
    async fn bind_parts<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let Self { parts, body, route, identity, plan } = self;
        let form = read_form(parts, body, plan).await?;
        let texts = form.texts.iter().map(|(name, text)| (name.into(), text.into())).collect();
        let values = Values::new(plan, parts, route, identity, BodyData::Form(texts));
        let values = values.with_files(&form.files);
        read(&values).or_else(|error| bind_again(&values, &error))
    }

    /// Builds a `T` from a request with an empty body. `format` is the result of [`body_format`],
    /// or `None` if that returned an error.
    #[cold]
    fn bind_empty<T: DeserializeOwned>(&self, format: Option<BodyFormat>) -> Result<T, Problem> {
        let plan = self.plan;
        let is_form =
            matches!(plan.body, BodyUse::Form | BodyUse::Files) || format == Some(BodyFormat::Form);
        self.bind(match (plan.empty_body, plan.whole_body()) {
            (EmptyBody::Object, _) if is_form => BodyData::Form(Vec::new()),
            (EmptyBody::Object, _) => BodyData::Json("{}"),
            (EmptyBody::Null, _) => BodyData::Json("null"),
            // A form without fields is encoded as an empty body.
            (EmptyBody::Missing, Some(whole))
                if format == Some(BodyFormat::Form) && whole.is_needed() =>
            {
                BodyData::Form(Vec::new())
            }
            (EmptyBody::Missing, Some(_)) => BodyData::Nothing,
            (EmptyBody::Missing, None) => {
                return Err(Problem::new(StatusCode::BAD_REQUEST).detail("the body is missing"));
            }
        })
    }
}

/// A type that can be an endpoint's `Request`.
///
/// A struct that implements `Deserialize` and `JsonSchema` is bound field by field: a field that
/// the route template names comes from the route; a field with a [`from`](super::from) type comes
/// from the source of that type; any other field comes from the query on GET, HEAD, DELETE and
/// TRACE, and from the body otherwise. A type that implements both traits and is not an object in
/// JSON, such as a list, is bound from the JSON body as a whole. `()` reads nothing, and
/// [`Raw`](super::Raw) takes the body unparsed.
///
/// Any other type needs its own implementation of this trait, and must not implement both
/// `Deserialize` and `JsonSchema`.
///
/// # Examples
///
/// ```
/// use hyperpoint::bytes::Bytes;
/// use hyperpoint::http::StatusCode;
/// use hyperpoint::{FromRequest, Incoming, OrProblem, Problem};
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
    note = "write `#[derive(Deserialize, JsonSchema)]` above it, or implement `FromRequest` for it",
    note = "for an unparsed body, use `Raw<Bytes>`, `Raw<String>`, `Raw<BodyStream>`, or `Raw<T>` with a `T` that implements `FromBody`"
)]
pub trait FromRequest: Sized + Send + 'static {
    /// Whether the value holds the unread body, which the handler reads. Default: `false`.
    ///
    /// `true` is a configuration error on an endpoint that responds with an event stream: while a
    /// body is unread, the server cannot detect over HTTP/1 that the client disconnects.
    const KEEPS_BODY: bool = false;

    /// Whether the type takes the body unparsed, so that none of its fields comes from the body.
    #[doc(hidden)]
    const TAKES_BODY: bool = false;

    /// The media type of an unparsed body in generated documents, or `None` if the type does not
    /// take the body unparsed.
    #[doc(hidden)]
    const MEDIA_TYPE: Option<&'static str> = None;

    /// Builds the value from the request.
    ///
    /// # Errors
    ///
    /// A problem document, which is sent to the client.
    fn from_request(request: Incoming<'_>) -> impl Future<Output = Result<Self, Problem>> + Send;

    /// Returns the JSON Schema that is checked against the route at start-up, or `None` if the type
    /// is valid on any route.
    #[doc(hidden)]
    #[must_use]
    fn schema() -> Option<Value> {
        None
    }

    /// Returns the JSON Schema of the type for a document that describes several types, and adds
    /// its definitions to the generator. Returns `None` if [`schema`](Self::schema) returns `None`.
    #[doc(hidden)]
    #[must_use]
    fn schema_within(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> FromRequest for T {
    async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
        let plan = request.plan;
        if plan.body == BodyUse::Unread || is_unit::<T>() {
            return request.bind_without_body();
        }
        let format = body_format(&request.parts.headers, plan.body);
        let format = match format.map_err(|problem| request.with_accept_query(problem)) {
            Ok(format) => format,
            // An empty body needs no content type. The head does not always show that a body is
            // empty: it may be chunked, or end with an empty HTTP/2 frame.
            Err(problem) => {
                return match request.body.has_bytes().await? {
                    true => Err(problem),
                    false => request.bind_empty(None),
                };
            }
        };
        #[cfg(feature = "multipart")]
        if format == BodyFormat::Parts {
            // Boxed to keep the future of all other requests small.
            return Box::pin(request.bind_parts()).await;
        }
        let body = request.body.bytes().await?;
        if body.is_empty() {
            return request.bind_empty(Some(format));
        }
        let data = if format == BodyFormat::Json {
            BodyData::Json(json(&body, plan)?)
        } else {
            BodyData::Form(pairs(&body))
        };
        request.bind(data)
    }

    fn schema() -> Option<Value> {
        (!is_unit::<T>()).then(|| schemars::schema_for!(T).to_value())
    }

    fn schema_within(generator: &mut SchemaGenerator) -> Option<Schema> {
        (!is_unit::<T>()).then(|| generator.subschema_for::<T>())
    }
}

/// Returns the text of a JSON body without a byte-order mark (RFC 8259 §8.1).
///
/// The whole body is validated as UTF-8 here, so that serde need not validate each string. An array
/// is refused unless the type accepts one, because serde would accept an array for any struct.
///
/// # Errors
///
/// 400 if the body is not valid UTF-8, or if it is an array and the type does not accept one.
fn json<'a>(body: &'a [u8], plan: &BindingPlan) -> Result<&'a str, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let text = format!("the body is not valid UTF-8 from byte {} on", error.valid_up_to());
        Problem::new(StatusCode::BAD_REQUEST).detail(text)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_array = || text.trim_ascii_start().starts_with('[');
    if !plan.takes_array && is_array() {
        let text = "the body is an array; send an object";
        return Err(Problem::new(StatusCode::BAD_REQUEST).detail(text));
    }
    Ok(text)
}

fn is_unit<T: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<()>()
}
