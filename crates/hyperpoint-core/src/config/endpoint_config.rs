//! The builder that `Endpoint::configure` fills.

use std::any::{TypeId, type_name};
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use http::Method;

use super::group::{Group, GroupRef, mistake_of_several};
use super::settings::Settings;
use crate::services::FromServices;

/// What an endpoint says of itself. Filled by `Endpoint::configure`. It has the methods of
/// [`Settings`] too.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Config;
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
    pub(super) groups: Vec<GroupRef>,
    pub(super) settings: Settings,
    pub(super) mistakes: Vec<String>,
    pub(super) mistakes_of_groups: Vec<String>,
}

impl Config {
    /// Answers GET on this route, and HEAD with it.
    pub fn get(&mut self, route: &str) {
        self.verb(Method::GET, route);
    }

    /// Answers POST on this route.
    pub fn post(&mut self, route: &str) {
        self.verb(Method::POST, route);
    }

    /// Answers PUT on this route.
    pub fn put(&mut self, route: &str) {
        self.verb(Method::PUT, route);
    }

    /// Answers PATCH on this route.
    pub fn patch(&mut self, route: &str) {
        self.verb(Method::PATCH, route);
    }

    /// Answers DELETE on this route.
    pub fn delete(&mut self, route: &str) {
        self.verb(Method::DELETE, route);
    }

    /// Answers HEAD on this route, in place of the HEAD that GET brings.
    pub fn head(&mut self, route: &str) {
        self.verb(Method::HEAD, route);
    }

    /// Answers OPTIONS on this route, in place of the list of methods that the host gives. A CORS
    /// preflight is answered by the host all the same.
    pub fn options(&mut self, route: &str) {
        self.verb(Method::OPTIONS, route);
    }

    /// Answers TRACE on this route.
    pub fn trace(&mut self, route: &str) {
        self.verb(Method::TRACE, route);
    }

    /// Answers GET, POST, PUT, PATCH, DELETE and OPTIONS on this route, and HEAD with GET: whatever a
    /// client sends, as behind a webhook or in front of another server. Add other methods by
    /// [`verb`](Self::verb).
    ///
    /// A request type with a body is read on GET only as [`Raw`](crate::bind::Raw).
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::Config;
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

    /// Answers any method on this route, also one of your own. May be said several times.
    pub fn verb(&mut self, method: Method, route: &str) {
        self.pairs.push((method, route.to_owned()));
    }

    /// Answers each of these methods on each of [`routes`](Self::routes).
    ///
    /// # Example
    ///
    /// ```
    /// use http::Method;
    /// use hyperpoint_core::Config;
    ///
    /// let mut config = Config::default();
    /// config.verbs([Method::PUT, Method::PATCH]);
    /// config.routes(["/users/{id}", "/people/{id}"]);
    /// assert_eq!(config.method_routes().len(), 4);
    /// ```
    pub fn verbs(&mut self, methods: impl IntoIterator<Item = Method>) {
        self.verbs.extend(methods);
    }

    /// Answers each of [`verbs`](Self::verbs) on each of these routes.
    pub fn routes<'r>(&mut self, routes: impl IntoIterator<Item = &'r str>) {
        self.routes.extend(routes.into_iter().map(str::to_owned));
    }

    /// The group that the endpoint is in.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::{Config, Group, GroupConfig};
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

    /// Says that the endpoint links to another one, through `cx.links` or `created_at_async`. One
    /// that is not in the host is a start-up mistake.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Config, Endpoint};
    /// # fn configure<GetUser: Endpoint>(config: &mut Config) {
    /// config.post("/users");
    /// config.links_to::<GetUser>();
    /// # }
    /// ```
    pub fn links_to<E: FromServices + 'static>(&mut self) {
        self.links.push((TypeId::of::<E>(), type_name::<E>()));
    }

    /// The endpoints that this one links to, with the names of their types.
    #[must_use]
    pub fn links(&self) -> &[(TypeId, &'static str)] {
        &self.links
    }

    /// What the endpoint does, in one line.
    pub fn summary(&mut self, text: &str) {
        self.summary = Some(text.to_owned());
    }

    /// What the endpoint does, at length.
    pub fn description(&mut self, text: &str) {
        self.description = Some(text.to_owned());
    }

    /// Every method with its route: the pairs, then the cross product of verbs and routes.
    #[must_use]
    pub fn method_routes(&self) -> Vec<(Method, &str)> {
        let pairs = self.pairs.iter().map(|(method, route)| (method.clone(), route.as_str()));
        let product = self.routes.iter().flat_map(|route| {
            self.verbs.iter().map(move |method| (method.clone(), route.as_str()))
        });
        pairs.chain(product).collect()
    }

    /// What is missing or contradicts itself, a sentence each. Known once the endpoint is
    /// [within](Self::within) its host.
    #[must_use]
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    /// What is wrong with the groups of the endpoint, a sentence each, with the group's name and
    /// place: the same for each endpoint in them.
    #[must_use]
    pub fn mistakes_of_groups(&self) -> &[String] {
        &self.mistakes_of_groups
    }

    /// The summary, the description and the tags.
    #[must_use]
    pub fn words(&self) -> (Option<&str>, Option<&str>, &[String]) {
        (self.summary.as_deref(), self.description.as_deref(), self.tag_list())
    }

    /// Every route, to be made a whole path.
    pub(super) fn all_routes_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.pairs.iter_mut().map(|(_, route)| route).chain(&mut self.routes)
    }

    /// What is missing or contradicts itself in the endpoint alone.
    pub(super) fn own_mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        match (self.verbs.is_empty(), self.routes.is_empty()) {
            (true, false) => mistakes.push("has routes but no verb; add `config.verbs([…])`"),
            (false, true) => mistakes.push("has verbs but no route; add `config.routes([…])`"),
            (true, true) if self.pairs.is_empty() => {
                mistakes.push("has no route; add one to `configure`, such as `config.get(\"/…\")`");
            }
            _ => {}
        }
        let methods: Vec<_> = self.method_routes().into_iter().map(|(method, _)| method).collect();
        let of_verbs = self.access.mistakes_of_verbs(&methods);
        let of_groups = mistake_of_several(&self.groups);
        let of_settings = self.settings.mistakes();
        let told = mistakes.into_iter().map(str::to_owned).chain(of_settings);
        told.chain(of_verbs).chain(of_groups).collect()
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
