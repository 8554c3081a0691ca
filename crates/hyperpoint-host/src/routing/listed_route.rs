//! One row of the route listing.

use std::fmt::Write;

use http::Method;
use hyperpoint_core::config::Access;
use hyperpoint_core::endpoint::{Registration, Streams};
use hyperpoint_core::{Declared, RouteTemplate, StreamKind};

/// One row of the route listing.
#[derive(Clone, Debug)]
pub(crate) struct ListedRoute {
    method: String,
    route: String,
    /// The kind of the response, such as `data`, `events` or `data or events`.
    response: &'static str,
    /// The name of the endpoint's or the mounted service's type.
    endpoint: &'static str,
    /// A description of the admitted users.
    users: String,
    declared: Declared,
}

impl ListedRoute {
    pub(super) fn new(
        registration: &Registration,
        method: &Method,
        template: &RouteTemplate,
        kind: StreamKind,
        users: String,
    ) -> Self {
        let is_written = kind == StreamKind::AsWritten;
        let response = match registration.streams {
            Streams::Never => "data",
            Streams::Always if is_written => "events as written",
            Streams::Always => "events",
            Streams::ByRequest if is_written => "data or events as written",
            Streams::ByRequest => "data or events",
        };
        Self {
            method: method.to_string(),
            route: template.to_string(),
            response,
            endpoint: registration.type_name(),
            users,
            declared: registration.declared,
        }
    }

    /// Creates the row of a mounted service, which handles every method.
    pub(super) fn of_service(
        route: String,
        service: &'static str,
        users: String,
        declared: Declared,
    ) -> Self {
        Self {
            method: "ANY".to_owned(),
            route,
            response: "any",
            endpoint: service,
            users,
            declared,
        }
    }

    /// Returns method, route and endpoint as one line.
    pub(crate) fn line(&self) -> String {
        format!("{:<7} {}  {}", self.method, self.route, self.endpoint)
    }

    /// Returns all routes as a table with aligned columns, one line each.
    pub(crate) fn table(routes: &[Self]) -> String {
        let widest = |text: fn(&Self) -> &str| {
            routes.iter().map(|route| text(route).chars().count()).max().unwrap_or(0)
        };
        let method = widest(|route| &route.method);
        let path = widest(|route| &route.route);
        let users = widest(|route| &route.users);
        let response = widest(|route| route.response);
        let endpoint = widest(|route| route.endpoint);
        routes.iter().fold(String::new(), |mut table, route| {
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "{:<method$}  {:<path$}  {:<users$}  {:<response$}  {:<endpoint$}  {}",
                route.method,
                route.route,
                route.users,
                route.response,
                route.endpoint,
                route.declared,
            );
            table
        })
    }
}

/// Returns a short description of the users that an endpoint admits for this method.
pub(super) fn admitted_users(access: &Access, method: &Method) -> String {
    if access.is_anonymous(method) {
        return "everybody".to_owned();
    }
    let schemes = Some(access.schemes()).filter(|names| !names.is_empty());
    let schemes = schemes.map(|names| format!("users by {}", names.join(" or ")));
    let rules = access.requirements().iter().map(ToString::to_string);
    let rules: Vec<_> = rules.chain(schemes).collect();
    if rules.is_empty() { "any user".to_owned() } else { rules.join("; ") }
}
