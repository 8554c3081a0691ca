//! The table of routes, and how a request is found in it.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use hyperpoint_core::Problem;
use hyperpoint_core::route::normal_path;
use matchit::{InsertError, Router};
use percent_encoding::percent_decode_str;

use super::route::Route;

/// Every route of an application.
#[derive(Debug)]
pub(crate) struct RouteTable {
    paths: Router<Methods>,
    /// The methods of all paths.
    allow: HeaderValue,
    /// Whether a token may come in the query anywhere.
    pub(crate) takes_query_tokens: bool,
}

/// The endpoints on one path, by method.
#[derive(Debug)]
pub(crate) struct Methods {
    pub(super) routes: Vec<(Method, Arc<Route>)>,
    /// Those methods, with the HEAD and OPTIONS that the host adds.
    pub(super) allow: HeaderValue,
}

/// What is found for a path and a method.
#[derive(Debug)]
pub(crate) enum Found<'t> {
    /// An endpoint, and the values of its route's parameters.
    Endpoint(&'t Arc<Route>, Vec<String>),
    /// A path without an endpoint for OPTIONS, or `*`: the host tells its methods.
    Options(&'t HeaderValue),
    /// Nothing.
    Refused(Problem),
}

impl RouteTable {
    /// A table without a path, of an application that has these methods.
    pub(super) fn new(allow: HeaderValue) -> Self {
        let paths = Router::new();
        Self { paths, allow, takes_query_tokens: false }
    }

    /// Adds the endpoints of one path.
    ///
    /// # Errors
    ///
    /// The path that this one conflicts with.
    pub(super) fn insert(&mut self, path: &str, methods: Methods) -> Result<(), InsertError> {
        let mut routes = methods.routes.iter();
        self.takes_query_tokens |= routes.any(|(_, route)| route.access.query_token.is_some());
        self.paths.insert(path, methods)
    }

    /// The fields of the query that may carry a token on this path, by any method.
    pub(crate) fn query_tokens(&self, path: &str) -> Vec<&str> {
        let Some(normal) = normal_path(path) else {
            return Vec::new();
        };
        let routes = self.paths.at(&normal).into_iter().flat_map(|at| &at.value.routes);
        routes.filter_map(|(_, route)| route.access.query_token.as_deref()).collect()
    }

    /// The template of the route that a request takes, for whoever looks on.
    pub(crate) fn template(&self, method: &Method, path: &str) -> Option<&Arc<str>> {
        let normal = normal_path(path)?;
        let at = self.paths.at(&normal).ok()?;
        at.value.route(method).map(|route| &route.template)
    }

    /// The endpoint for a method on a path. HEAD is answered by GET where there is no HEAD.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        // The server as a whole (RFC 9110 §9.3.7).
        if path == "*" && method == Method::OPTIONS {
            return Found::Options(&self.allow);
        }
        // A target such as `hello` is read as an authority, and has no path.
        if path.is_empty() {
            return Found::Refused(bad_path("is missing from the target"));
        }
        let Some(normal) = normal_path(path) else {
            return Found::Refused(bad_path("has a `%` without two hex digits behind it"));
        };
        let Ok(at) = self.paths.at(&normal) else {
            return Found::Refused(Problem::new(StatusCode::NOT_FOUND));
        };
        let Some(route) = at.value.route(method) else {
            return at.value.without_endpoint(method);
        };
        if at.params.is_empty() {
            return Found::Endpoint(route, Vec::new());
        }
        let mut values = Vec::with_capacity(at.params.len());
        for (_, value) in at.params.iter() {
            match decode(value) {
                Some(value) => values.push(value),
                None => return Found::Refused(bad_path("is no UTF-8")),
            }
        }
        Found::Endpoint(route, values)
    }
}

impl Methods {
    pub(super) fn route(&self, method: &Method) -> Option<&Arc<Route>> {
        let of = |wanted: &Method| self.routes.iter().find(|(method, _)| method == wanted);
        let found = of(method).or_else(|| (method == Method::HEAD).then(|| of(&Method::GET))?);
        found.map(|(_, route)| route)
    }

    fn without_endpoint(&self, method: &Method) -> Found<'_> {
        if method == Method::OPTIONS {
            return Found::Options(&self.allow);
        }
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED);
        Found::Refused(problem.header(ALLOW, self.allow.clone()))
    }
}

/// The value of a route parameter. None where it is no UTF-8.
fn decode(segment: &str) -> Option<String> {
    if memchr::memchr(b'%', segment.as_bytes()).is_none() {
        return Some(segment.to_owned());
    }
    percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
}

fn bad_path(fault: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(format!("the path {fault}"))
}
