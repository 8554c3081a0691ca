//! What is told of a route to those who run a host.

use std::fmt::Write;

use http::Method;
use hyperpoint_core::config::Access;
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::{Declared, RouteTemplate};

/// What is told of a route to those who run a host.
#[derive(Clone, Debug)]
pub(crate) struct ListedRoute {
    method: String,
    route: String,
    endpoint: &'static str,
    /// Who may use it.
    who: String,
    declared: Declared,
}

impl ListedRoute {
    pub(super) fn new(
        registration: &Registration,
        method: &Method,
        template: &RouteTemplate,
        who: String,
    ) -> Self {
        Self {
            method: method.to_string(),
            route: template.to_string(),
            endpoint: registration.type_name(),
            who,
            declared: registration.declared,
        }
    }

    /// The route and its endpoint, on a line.
    pub(crate) fn line(&self) -> String {
        format!("{:<7} {}  {}", self.method, self.route, self.endpoint)
    }

    /// All of these, a line each, in columns.
    pub(crate) fn table(routes: &[Self]) -> String {
        let widest = |text: fn(&Self) -> &str| {
            routes.iter().map(|route| text(route).chars().count()).max().unwrap_or(0)
        };
        let method = widest(|route| &route.method);
        let path = widest(|route| &route.route);
        let who = widest(|route| &route.who);
        let endpoint = widest(|route| route.endpoint);
        routes.iter().fold(String::new(), |mut table, route| {
            // Writing to a string does not fail.
            let _ = writeln!(
                table,
                "{:<method$}  {:<path$}  {:<who$}  {:<endpoint$}  {}",
                route.method, route.route, route.who, route.endpoint, route.declared,
            );
            table
        })
    }
}

/// Who may use an endpoint by this method, in a few words.
pub(super) fn who(access: &Access, method: &Method) -> String {
    if access.is_anonymous(method) {
        return "everybody".to_owned();
    }
    let schemes = Some(access.schemes()).filter(|names| !names.is_empty());
    let schemes = schemes.map(|names| format!("users by {}", names.join(" or ")));
    let asked = access.requirements().iter().map(ToString::to_string);
    let asked: Vec<_> = asked.chain(schemes).collect();
    if asked.is_empty() { "any user".to_owned() } else { asked.join("; ") }
}
