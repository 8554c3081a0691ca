//! A problem document as a client decodes it (RFC 9457).

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A problem document that a response contained (RFC 9457 §3).
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Order {
///     items: Vec<u32>,
/// }
///
/// #[derive(Endpoint)]
/// struct PutOrder;
///
/// impl Endpoint for PutOrder {
///     type Request = Order;
///     type Response = ();
///
///     fn configure(config: &mut Config) {
///         config.put("/order");
///         config.allow_anonymous();
///     }
///
///     fn validate(&self, order: &Order, failures: &mut Failures) {
///         failures.check("items", !order.items.is_empty(), "must not be empty");
///     }
///
///     async fn handle(&self, _: Order, cx: Cx<'_, Self>) -> Result {
///         cx.send.no_content_async().await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().endpoint::<PutOrder>())?;
/// let problem = app.send::<PutOrder>(&Order { items: Vec::new() }).refused().await?;
/// assert_eq!(problem.status, 400);
/// assert_eq!(problem.names(), ["items"]);
/// assert_eq!(problem.reason("items"), Some("must not be empty"));
/// assert!(problem.has_code("items", "invalid"));
/// assert!(problem.error("items").is_some_and(|error| error.name == "items"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceivedProblem {
    /// The status of the response.
    pub status: StatusCode,
    /// The headers of the response.
    pub headers: HeaderMap,
    /// The member `type`: the URI reference of the problem type.
    pub kind: String,
    /// The member `title`: the summary of the problem type.
    pub title: String,
    /// The member `detail`: the explanation of this occurrence, or `None` if absent.
    pub detail: Option<String>,
    /// The member `instance`: the URI reference of this occurrence, for instance the path of the
    /// request, or `None` if absent.
    pub instance: Option<String>,
    /// The extension member `traceId`: the trace id of the request, or `None` if absent.
    pub trace_id: Option<String>,
    /// The extension member `errors`: the faults of single fields of the request. A host lists at
    /// most the first 100. Empty if absent.
    pub errors: Vec<ReceivedFieldError>,
    /// The extension member `moreErrors`: the number of faults that are not listed, or 0 if absent.
    pub more_errors: usize,
    /// All other members except `status`.
    pub extensions: Map<String, Value>,
}

/// The fault of one field of the request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedFieldError {
    /// The name of the field, or the path of a nested field.
    pub name: String,
    /// The reason why the field is invalid, as text for people.
    pub reason: String,
    /// The reason why the field is invalid, as a code for programs, or `None` if the document has
    /// no code for this fault.
    #[serde(default)]
    pub code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    detail: Option<String>,
    instance: Option<String>,
    trace_id: Option<String>,
    #[serde(default)]
    errors: Vec<ReceivedFieldError>,
    #[serde(default)]
    more_errors: usize,
    #[serde(flatten)]
    extensions: Map<String, Value>,
}

impl ReceivedProblem {
    pub(crate) fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, serde_json::Error> {
        let mut document: Document = serde_json::from_slice(body)?;
        document.extensions.remove("status");
        let Document { kind, title, detail, instance, trace_id, .. } = document;
        Ok(Self {
            status,
            headers: headers.clone(),
            kind,
            title,
            detail,
            instance,
            trace_id,
            errors: document.errors,
            more_errors: document.more_errors,
            extensions: document.extensions,
        })
    }

    /// Returns the first listed fault of the field called `name`, or `None` if there is none.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&ReceivedFieldError> {
        self.errors.iter().find(|error| error.name == name)
    }

    /// Returns the reason of the first listed fault of the field called `name`, or `None` if there
    /// is none.
    #[must_use]
    pub fn reason(&self, name: &str) -> Option<&str> {
        self.error(name).map(|error| error.reason.as_str())
    }

    /// Returns whether a listed fault of the field called `name` has this code.
    #[must_use]
    pub fn has_code(&self, name: &str, code: &str) -> bool {
        let mut errors = self.errors.iter().filter(|error| error.name == name);
        errors.any(|error| error.code.as_deref() == Some(code))
    }

    /// Returns the name of the field of each listed fault, in the order of the document.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.errors.iter().map(|error| error.name.as_str()).collect()
    }
}
