//! `Config`: the configuration of one endpoint.

use std::any::{TypeId, type_name};
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use http::Method;

use super::group::{Group, GroupRef, error_of_several_groups};
use super::group_error::GroupError;
use super::settings::Settings;
use crate::services::FromServices;

/// The configuration of one endpoint, set by `Endpoint::configure`. It also has the methods of
/// [`Settings`].
///
/// # Examples
///
/// ```
/// use hyperpoint::Config;
///
/// fn configure(config: &mut Config) {
///     config.post("/orders");
///     config.roles(["clerk", "admin"]);
///     config.summary("Places an order");
///     config.body_limit_bytes(64 * 1024);
/// }
/// # configure(&mut Config::default());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Config {
    pairs: Vec<(Method, String)>,
    verbs: Vec<Method>,
    routes: Vec<String>,
    links: Vec<(TypeId, &'static str)>,
    summary: Option<String>,
    description: Option<String>,
    pub(super) is_unprefixed: bool,
    pub(super) groups: Vec<GroupRef>,
    pub(super) settings: Settings,
    pub(super) configuration_errors: Vec<String>,
    pub(super) configuration_errors_of_groups: Vec<GroupError>,
}

impl Config {
    /// Routes GET and HEAD on this route template to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/users/{id}");
    /// config.get("/files/{*path}");
    /// ```
    pub fn get(&mut self, route: &str) {
        self.verb(Method::GET, route);
    }

    /// Routes POST on this route template to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.post("/users");
    /// ```
    pub fn post(&mut self, route: &str) {
        self.verb(Method::POST, route);
    }

    /// Routes QUERY on this route template to the endpoint (draft-ietf-httpbis-safe-method-w-body).
    ///
    /// QUERY is safe and idempotent like GET, and has a body, which is bound like the body of a
    /// POST. The header `Accept-Query` lists the supported content types in responses to OPTIONS,
    /// and in responses that refuse the method or the content type of a request.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.query("/orders");
    /// ```
    pub fn query(&mut self, route: &str) {
        self.verb(Method::QUERY, route);
    }

    /// Routes PUT on this route template to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.put("/users/{id}");
    /// ```
    pub fn put(&mut self, route: &str) {
        self.verb(Method::PUT, route);
    }

    /// Routes PATCH on this route template to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.patch("/users/{id}");
    /// ```
    pub fn patch(&mut self, route: &str) {
        self.verb(Method::PATCH, route);
    }

    /// Routes DELETE on this route template to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.delete("/users/{id}");
    /// ```
    pub fn delete(&mut self, route: &str) {
        self.verb(Method::DELETE, route);
    }

    /// Routes HEAD on this route template to the endpoint. This route takes precedence over the
    /// HEAD route that `get` adds.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/reports/{id}");
    /// config.head("/reports/{id}");
    /// ```
    pub fn head(&mut self, route: &str) {
        self.verb(Method::HEAD, route);
    }

    /// Routes OPTIONS on this route template to the endpoint. By default, the host responds to
    /// OPTIONS with the allowed methods. The host still responds to a CORS preflight request if
    /// [cross-origin rules](Settings::cors) apply to the method that the request announces.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.options("/files/{*path}");
    /// ```
    pub fn options(&mut self, route: &str) {
        self.verb(Method::OPTIONS, route);
    }

    /// Routes TRACE on this route template to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.trace("/echo");
    /// ```
    pub fn trace(&mut self, route: &str) {
        self.verb(Method::TRACE, route);
    }

    /// Routes GET (with HEAD), POST, PUT, PATCH, DELETE and OPTIONS on this route template to the
    /// endpoint.
    ///
    /// Suitable for a webhook or a reverse proxy. Add other methods with [`verb`](Self::verb). On
    /// GET and HEAD, a body is available only to [`Raw`](crate::bind::Raw) and to request types
    /// that implement [`FromRequest`](crate::bind::FromRequest) themselves.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Config;
    ///
    /// let mut config = Config::default();
    /// config.any("/hooks/{name}");
    /// assert_eq!(config.method_routes().len(), 6);
    /// ```
    pub fn any(&mut self, route: &str) {
        const ANY: [Method; 6] = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ];
        for method in ANY {
            self.verb(method, route);
        }
    }

    /// Routes one method, which may be an extension method, on this route template to the endpoint.
    /// Can be called several times.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use hyperpoint::http::Method;
    ///
    /// config.verb(Method::from_bytes(b"PROPFIND")?, "/files/{*path}");
    /// # Ok::<(), hyperpoint::http::method::InvalidMethod>(())
    /// ```
    pub fn verb(&mut self, method: Method, route: &str) {
        self.pairs.push((method, route.to_owned()));
    }

    /// Routes each of these methods on each of the [`routes`](Self::routes) to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::Method;
    /// use hyperpoint::Config;
    ///
    /// let mut config = Config::default();
    /// config.verbs([Method::PUT, Method::PATCH]);
    /// config.routes(["/users/{id}", "/people/{id}"]);
    /// assert_eq!(config.method_routes().len(), 4);
    /// ```
    pub fn verbs(&mut self, methods: impl IntoIterator<Item = Method>) {
        self.verbs.extend(methods);
    }

    /// Routes each of the [`verbs`](Self::verbs) on each of these route templates to the endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use hyperpoint::http::Method;
    ///
    /// config.verbs([Method::GET]);
    /// config.routes(["/users/{id}", "/people/{id}"]);
    /// assert_eq!(config.method_routes().len(), 2);
    /// ```
    pub fn routes<'r>(&mut self, routes: impl IntoIterator<Item = &'r str>) {
        self.routes.extend(routes.into_iter().map(str::to_owned));
    }

    /// Sets the group of the endpoint. Default: none. A second, different group is a configuration
    /// error.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Config, Group, GroupConfig};
    ///
    /// struct Admin;
    ///
    /// impl Group for Admin {
    ///     fn configure(group: &mut GroupConfig) {
    ///         group.prefix("/admin");
    ///         group.roles(["admin"]);
    ///     }
    /// }
    ///
    /// fn configure(config: &mut Config) {
    ///     config.group::<Admin>();
    ///     config.get("/users");
    /// }
    /// # configure(&mut Config::default());
    /// ```
    #[track_caller]
    pub fn group<G: Group>(&mut self) {
        self.groups.push(GroupRef::of::<G>(Location::caller()));
    }

    /// Omits the prefixes of the host and the groups, so that each route is the full path, except
    /// for the version. Default: the prefixes are prepended.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/robots.txt");
    /// config.unprefixed();
    /// config.unversioned();
    /// ```
    pub fn unprefixed(&mut self) {
        self.is_unprefixed = true;
    }

    /// Declares that the endpoint links to another endpoint, through `cx.links` or
    /// `created_at_async`. It is a configuration error if the host does not have that endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Config, Endpoint};
    /// # fn configure<GetUser: Endpoint>(config: &mut Config) {
    /// config.post("/users");
    /// config.links_to::<GetUser>();
    /// # }
    /// ```
    pub fn links_to<E: FromServices + 'static>(&mut self) {
        self.links.push((TypeId::of::<E>(), type_name::<E>()));
    }

    /// Returns the type id and the name of each endpoint that this endpoint links to.
    #[must_use]
    pub fn links(&self) -> &[(TypeId, &'static str)] {
        &self.links
    }

    /// Sets the summary for generated documents: one line on what the endpoint does.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.summary("Places an order");
    /// config.description("The order is confirmed by mail within a minute.");
    /// ```
    pub fn summary(&mut self, text: &str) {
        self.summary = Some(text.to_owned());
    }

    /// Sets the description for generated documents: what the endpoint does, in detail.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.description("The order is confirmed by mail within a minute.");
    /// ```
    pub fn description(&mut self, text: &str) {
        self.description = Some(text.to_owned());
    }

    /// Returns every pair of a method and a route: first the pairs that were added individually,
    /// such as by `get`, then each of the `verbs` on each of the `routes`.
    #[must_use]
    pub fn method_routes(&self) -> Vec<(Method, &str)> {
        let pairs = self.pairs.iter().map(|(method, route)| (method.clone(), route.as_str()));
        let product = self.routes.iter().flat_map(|route| {
            self.verbs.iter().map(move |method| (method.clone(), route.as_str()))
        });
        pairs.chain(product).collect()
    }

    /// Returns the configuration errors of the endpoint, one message each. Empty until
    /// [`within`](Self::within) is called.
    #[must_use]
    pub fn config_errors(&self) -> &[String] {
        &self.configuration_errors
    }

    /// Returns the configuration errors of the endpoint's groups. Empty until
    /// [`within`](Self::within) is called.
    #[must_use]
    pub fn config_errors_of_groups(&self) -> &[GroupError] {
        &self.configuration_errors_of_groups
    }

    /// Returns the summary and the description, each `None` if unset, and the tags of all levels.
    #[must_use]
    pub fn words(&self) -> (Option<&str>, Option<&str>, &[String]) {
        (self.summary.as_deref(), self.description.as_deref(), self.tag_list())
    }

    /// Returns mutable references to all routes, for expansion to full paths.
    pub(super) fn all_routes_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.pairs.iter_mut().map(|(_, route)| route).chain(&mut self.routes)
    }

    /// Returns the configuration errors of the endpoint without its groups, one message each.
    pub(super) fn own_configuration_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        match (self.verbs.is_empty(), self.routes.is_empty()) {
            (true, false) => errors.push("has routes but no verb; add `config.verbs([…])`"),
            (false, true) => errors.push("has verbs but no route; add `config.routes([…])`"),
            (true, true) if self.pairs.is_empty() => {
                errors.push("has no route; add one to `configure`, such as `config.get(\"/…\")`");
            }
            _ => {}
        }
        let methods: Vec<_> = self.method_routes().into_iter().map(|(method, _)| method).collect();
        let of_verbs = self.access.configuration_errors_of_verbs(&methods);
        let of_groups = error_of_several_groups(&self.groups);
        let of_settings = self.settings.configuration_errors();
        let errors = errors.into_iter().map(str::to_owned).chain(of_settings);
        errors.chain(of_verbs).chain(of_groups).collect()
    }
}

impl Deref for Config {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for Config {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}
