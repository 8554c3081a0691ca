//! The options of a host's OpenAPI document: title and version, paths, operations, and access
//! rules.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use hyperpoint_core::Settings;
use serde_json::Value;

use crate::operation_head::OperationHead;

/// The options of a host's OpenAPI document. The methods of [`Settings`] apply to requests for the
/// document and its page. Set the access rule of both with `allow_anonymous()`, `authenticated()`
/// or a requirement.
///
/// # Examples
///
/// ```
/// use hyperpoint::Host;
/// use hyperpoint::openapi::ServeOpenApi;
///
/// let host = Host::new().openapi(|api| {
///     api.title("Orders");
///     api.version("1.4.0");
///     api.page("/streams");
///     api.roles(["developer"]);
/// });
/// # drop(host);
/// ```
#[derive(Clone, Debug)]
pub struct OpenApi {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) servers: Vec<String>,
    pub(crate) path: String,
    pub(crate) path_3_2: String,
    pub(crate) page: Option<String>,
    pub(crate) omits_forms: bool,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) choice: Choice,
    pub(crate) settings: Settings,
}

impl OpenApi {
    /// Sets the title. Default: `API`.
    pub fn title(&mut self, title: &str) {
        title.clone_into(&mut self.title);
    }

    /// Sets the version of the API, a string such as `1.4.0`. Default: `0.0.0`.
    /// [`Settings::version`], the version of an endpoint, does not apply to documents.
    pub fn version(&mut self, version: &str) {
        version.clone_into(&mut self.version);
    }

    /// Sets the description of the API, in Markdown. Default: no description.
    pub fn description(&mut self, text: &str) {
        self.description = Some(text.to_owned());
    }

    /// Adds a URL at which clients reach the host. Default: `/`, the host that serves the document.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, openapi::ServeOpenApi};
    ///
    /// let host = Host::new().openapi(|api| {
    ///     api.server("https://api.example.com");
    ///     api.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    pub fn server(&mut self, url: &str) {
        self.servers.push(url.to_owned());
    }

    /// Sets the path of the document in OpenAPI 3.1. Default: `/openapi.json`.
    pub fn path(&mut self, path: &str) {
        path.clone_into(&mut self.path);
    }

    /// Sets the path of the document in OpenAPI 3.2. Default: `/openapi-3.2.json`.
    pub fn path_3_2(&mut self, path: &str) {
        path.clone_into(&mut self.path_3_2);
    }

    /// Omits the form media types of bodies that may also be JSON. The document then lists only
    /// JSON for such bodies, so that they are the same with and without the feature `multipart`.
    /// Default: all media types are listed.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, openapi::ServeOpenApi};
    ///
    /// let host = Host::new().openapi(|api| {
    ///     api.without_forms();
    ///     api.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    pub fn without_forms(&mut self) {
        self.omits_forms = true;
    }

    /// Keeps only the operations for which `keeps` returns true, such as operations with a tag.
    /// Useful for a host with several documents; operation ids are the same in all of them.
    /// Replaces the function of an earlier call. Default: every operation.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, openapi::ServeOpenApi};
    ///
    /// let host = Host::new().openapi(|api| api.roles(["developer"])).openapi(|api| {
    ///     api.path("/v2/openapi.json");
    ///     api.path_3_2("/v2/openapi-3.2.json");
    ///     api.only(|operation| operation.path.starts_with("/v2/"));
    ///     api.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    pub fn only(&mut self, keeps: impl Fn(OperationHead<'_>) -> bool + Send + Sync + 'static) {
        self.choice.only = Some(Arc::new(keeps));
    }

    /// Sets the description of a tag, in Markdown. Default: tags have no description.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, openapi::ServeOpenApi};
    ///
    /// let host = Host::new().openapi(|api| {
    ///     api.tag("Orders", "What customers have ordered.");
    ///     api.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    pub fn tag(&mut self, name: &str, description: &str) {
        self.tags.push((name.to_owned(), description.to_owned()));
    }

    /// Changes the finished document, in each version, to set fields that no other method sets,
    /// such as a licence or webhooks. The result is not validated. Several changes are applied in
    /// the order of their calls.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, openapi::ServeOpenApi};
    /// use serde_json::json;
    ///
    /// let host = Host::new().openapi(|api| {
    ///     api.change(|document| {
    ///         document["info"]["license"] = json!({ "name": "MIT", "identifier": "MIT" });
    ///     });
    ///     api.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    pub fn change(&mut self, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.choice.changes.push(Arc::new(change));
    }

    /// Sets the path of a page that shows the event streams of the document live. Default: no page.
    pub fn page(&mut self, path: &str) {
        self.page = Some(path.to_owned());
    }
}

type Only = Arc<dyn Fn(OperationHead<'_>) -> bool + Send + Sync>;
type Change = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// The user's functions that select operations and change the document.
#[derive(Clone, Default)]
pub(crate) struct Choice {
    only: Option<Only>,
    changes: Vec<Change>,
}

impl Choice {
    /// Returns whether the document contains this operation.
    pub(crate) fn keeps(&self, operation: OperationHead<'_>) -> bool {
        self.only.as_ref().is_none_or(|only| only(operation))
    }

    /// Applies the user's changes to the document.
    pub(crate) fn change(&self, document: &mut Value) {
        self.changes.iter().for_each(|change| change(document));
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").finish_non_exhaustive()
    }
}

impl Default for OpenApi {
    fn default() -> Self {
        Self {
            title: "API".to_owned(),
            version: "0.0.0".to_owned(),
            description: None,
            servers: Vec::new(),
            path: "/openapi.json".to_owned(),
            path_3_2: "/openapi-3.2.json".to_owned(),
            page: None,
            omits_forms: false,
            tags: Vec::new(),
            choice: Choice::default(),
            settings: Settings::default(),
        }
    }
}

impl Deref for OpenApi {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for OpenApi {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}
