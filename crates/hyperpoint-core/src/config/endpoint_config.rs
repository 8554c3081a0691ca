//! The builder that `Endpoint::configure` fills.

use http::Method;

use super::access::Access;
use super::cors::Cors;

/// What an endpoint says of itself. Filled by `Endpoint::configure`.
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
    pub(super) access: Access,
    cors: Option<Cors>,
    body_limit_bytes: Option<usize>,
    summary: Option<String>,
    description: Option<String>,
    tags: Vec<String>,
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

    /// Sets the cross-origin rules, in place of the host's.
    pub fn cors(&mut self, rules: impl FnOnce(Cors) -> Cors) {
        self.cors = Some(rules(self.cors.take().unwrap_or_default()));
    }

    /// The largest request body that is read, in bytes. Default: the host's, 1 MiB.
    pub fn body_limit_bytes(&mut self, limit: usize) {
        self.body_limit_bytes = Some(limit);
    }

    /// What the endpoint does, in one line.
    pub fn summary(&mut self, text: &str) {
        self.summary = Some(text.to_owned());
    }

    /// What the endpoint does, at length.
    pub fn description(&mut self, text: &str) {
        self.description = Some(text.to_owned());
    }

    /// Words to group the endpoint by in documents.
    pub fn tags<'t>(&mut self, tags: impl IntoIterator<Item = &'t str>) {
        self.tags.extend(tags.into_iter().map(str::to_owned));
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

    /// What is missing or contradicts itself, a sentence each.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
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
        let of_access = self.access.mistakes(&methods);
        let of_cors = self.cors.iter().flat_map(Cors::mistakes);
        mistakes.into_iter().map(str::to_owned).chain(of_access).chain(of_cors).collect()
    }

    /// Who may use the endpoint.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The endpoint's own cross-origin rules.
    #[must_use]
    pub fn cors_rules(&self) -> Option<&Cors> {
        self.cors.as_ref()
    }

    /// The endpoint's own body limit, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> Option<usize> {
        self.body_limit_bytes
    }

    /// The summary, the description and the tags.
    #[must_use]
    pub fn words(&self) -> (Option<&str>, Option<&str>, &[String]) {
        (self.summary.as_deref(), self.description.as_deref(), &self.tags)
    }
}
