//! The route table, and the look-up of a request's endpoint.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use hyperpoint_core::Problem;
use hyperpoint_core::route::normal_path;
use matchit::{Match, Router};
use percent_encoding::percent_decode_str;

use super::cors;
use super::mounted_service::MountedService;
use super::route::Route;

/// All routes of an application: one router for each method, so that a literal segment of one
/// method does not hide a parameter of another.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    /// The routes of each method, sorted by method name. HEAD also has the routes of GET, except on
    /// paths with their own endpoint for HEAD.
    methods: Vec<MethodRoutes>,
    /// The mounted services, the longest path first.
    services: Vec<Arc<MountedService>>,
    /// Whether any route or mounted service accepts a token in the query.
    pub(crate) takes_query_tokens: bool,
    /// Whether any endpoint has layers.
    pub(crate) has_layers: bool,
}

/// The routes of one method.
#[derive(Debug)]
struct MethodRoutes {
    method: Method,
    paths: Router<Arc<Route>>,
    takes_query_tokens: bool,
}

/// The result of looking up a method and a path.
#[derive(Debug)]
pub(crate) enum Found<'t> {
    /// An endpoint, with the values of its route's parameters.
    Endpoint(&'t Arc<Route>, Vec<String>),
    /// A service that is mounted at or above the path, which has no endpoint for any method.
    Service(&'t Arc<MountedService>),
    /// An OPTIONS request that no endpoint handles: the host responds with these headers, which
    /// list the allowed methods. Boxed to keep the enum small, because it is moved with each
    /// request.
    Options(Box<HeaderMap>),
    /// No endpoint or service was found: the response is this problem.
    Refused(Problem),
}

impl RouteTable {
    /// Adds the endpoints of one path, which must not conflict with another path.
    pub(super) fn insert(&mut self, path: &str, mut routes: Vec<(Method, Arc<Route>)>) {
        let of = |wanted: &Method| routes.iter().find(|(method, _)| method == wanted);
        let get = of(&Method::GET).filter(|_| of(&Method::HEAD).is_none());
        let head = get.map(|(_, route)| (Method::HEAD, Arc::clone(route)));
        routes.extend(head);
        for (method, route) in routes {
            self.takes_query_tokens |= route.access.query_token.is_some();
            self.has_layers |= route.layered.is_some();
            if let Some(of) = self.methods.iter_mut().find(|of| of.method == method) {
                of.insert(path, route);
            } else {
                let mut of = MethodRoutes::new(method);
                of.insert(path, route);
                self.methods.push(of);
            }
        }
        self.methods.sort_unstable_by(|one, other| one.method.as_str().cmp(other.method.as_str()));
    }

    /// Adds the mounted services.
    pub(super) fn insert_services(&mut self, services: Vec<MountedService>) {
        self.takes_query_tokens |= services.iter().any(|of| of.access.query_token.is_some());
        self.services = services.into_iter().map(Arc::new).collect();
        self.services.sort_by_key(|service| Reverse(service.prefix.len()));
    }

    /// Returns whether a mounted service may upgrade a connection.
    pub(crate) fn may_upgrade(&self) -> bool {
        !self.services.is_empty()
    }

    /// Returns the most specific service that is mounted at or above a normalized path. Returns
    /// `None` for a path that has an endpoint for any method.
    fn service(&self, path: &str) -> Option<&Arc<MountedService>> {
        let service = self.services.iter().find(|service| service.has(path))?;
        let has_endpoint = self.methods.iter().any(|of| of.at(path).is_some());
        (!has_endpoint).then_some(service)
    }

    /// Returns the query fields that may carry a token on this path, for any method.
    pub(crate) fn query_tokens(&self, path: &str) -> Vec<&str> {
        let Some(normal) = normal_path(path) else {
            return Vec::new();
        };
        let of_tokens = self.methods.iter().filter(|of| of.takes_query_tokens);
        let routes = of_tokens.filter_map(|of| of.at(&normal));
        let tokens = routes.filter_map(|at| at.value.access.query_token.as_deref());
        let service = self.service(&normal).and_then(|of| of.access.query_token.as_deref());
        tokens.chain(service).collect()
    }

    /// Returns the template of the route or mounted service that a request matches, or `None` if
    /// there is no match.
    pub(crate) fn template(&self, method: &Method, path: &str) -> Option<&Arc<str>> {
        let normal = normal_path(path)?;
        let of_endpoint = self.at(method, &normal).map(|at| &at.value.template);
        of_endpoint.or_else(|| self.service(&normal).map(|service| &service.template))
    }

    /// Returns the route template of the endpoint for a request, or `None` if no endpoint matches.
    #[cfg(feature = "contract")]
    pub(crate) fn template_of_endpoint(&self, method: &Method, path: &str) -> Option<&Arc<str>> {
        self.at(method, &normal_path(path)?).map(|at| &at.value.template)
    }

    /// Returns the most specific route that has this method and matches this path, or `None` if no
    /// route matches.
    #[inline]
    fn at<'t, 'p>(
        &'t self,
        method: &Method,
        path: &'p str,
    ) -> Option<Match<'t, 'p, &'t Arc<Route>>> {
        let of = self.methods.iter().find(|of| of.method == *method)?;
        of.at(path)
    }

    /// Looks up the endpoint or the mounted service for a method and a path. If several routes
    /// match, selects the most specific one. GET serves HEAD, unless the path has an endpoint for
    /// HEAD.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        // `OPTIONS *` addresses the server as a whole (RFC 9110 §9.3.7).
        if path == "*" && method == Method::OPTIONS {
            return self.without_endpoint(method, None);
        }
        // A target such as `hello` parses as an authority without a path.
        if path.is_empty() {
            return Found::Refused(bad_path("is missing from the target"));
        }
        let Some(normal) = normal_path(path) else {
            return Found::Refused(bad_path("has a `%` without two hex digits after it"));
        };
        let Some(at) = self.at(method, &normal) else {
            if let Some(service) = self.service(&normal) {
                return Found::Service(service);
            }
            return self.without_endpoint(method, Some(&normal));
        };
        let route = at.value;
        if at.params.is_empty() {
            return Found::Endpoint(route, Vec::new());
        }
        let mut values = Vec::with_capacity(at.params.len());
        for (_, value) in at.params.iter() {
            match decode(value) {
                Some(value) => values.push(value),
                None => return Found::Refused(bad_path("is not valid UTF-8")),
            }
        }
        Found::Endpoint(route, values)
    }

    /// Returns the look-up result if no endpoint handles the method: a 404 if no route matches the
    /// path; otherwise the allowed methods for OPTIONS, and a 405 for any other method. If `path`
    /// is `None`, the allowed methods are those of the whole server.
    fn without_endpoint(&self, method: &Method, path: Option<&str>) -> Found<'_> {
        let has = |of: &&MethodRoutes| path.is_none_or(|path| of.at(path).is_some());
        let of_routes = self.methods.iter().filter(has);
        let mut methods: Vec<_> = of_routes.map(|of| of.method.clone()).collect();
        if methods.is_empty() {
            return Found::Refused(Problem::new(StatusCode::NOT_FOUND));
        }
        // The host itself handles OPTIONS.
        if !methods.contains(&Method::OPTIONS) {
            methods.push(Method::OPTIONS);
            methods.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        }
        let mut headers = HeaderMap::from_iter([(ALLOW, cors::allow(&methods))]);
        let query = path.and_then(|path| self.at(&Method::QUERY, path));
        if let Some(types) = query.and_then(|at| at.value.plan.content_types()) {
            headers.insert("accept-query", HeaderValue::from_static(types));
        }
        if method == Method::OPTIONS {
            return Found::Options(Box::new(headers));
        }
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED);
        let refused = headers
            .iter()
            .fold(problem, |problem, (name, value)| problem.header(name.clone(), value.clone()));
        Found::Refused(refused)
    }
}

impl MethodRoutes {
    fn new(method: Method) -> Self {
        Self { method, paths: Router::new(), takes_query_tokens: false }
    }

    /// Returns the most specific route that matches a normalized path. Returns `None` if no route
    /// matches, or if the constraints of the route's parameters do not accept their values.
    #[inline]
    fn at<'t, 'p>(&'t self, path: &'p str) -> Option<Match<'t, 'p, &'t Arc<Route>>> {
        // The match is large, and is returned without being moved.
        let at = self.paths.at(path).ok();
        match &at {
            Some(Match { value, params }) if !value.accepts(params) => None,
            _ => at,
        }
    }

    fn insert(&mut self, path: &str, route: Arc<Route>) {
        self.takes_query_tokens |= route.access.query_token.is_some();
        // A second endpoint for the same method and path is reported as a configuration error.
        let _ = self.paths.insert(path, route);
    }
}

/// Percent-decodes the value of a route parameter. Returns `None` if it is not valid UTF-8.
fn decode(segment: &str) -> Option<String> {
    if memchr::memchr(b'%', segment.as_bytes()).is_none() {
        return Some(segment.to_owned());
    }
    percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
}

/// Returns the 400 problem for an invalid path.
fn bad_path(fault: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(format!("the path {fault}"))
}
