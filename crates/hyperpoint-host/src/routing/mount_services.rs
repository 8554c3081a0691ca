//! The start-up step that mounts tower services.

use http::Method;
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::{Config, RouteTemplate};
use tower_http::cors::AllowMethods;

use super::cors;
use super::listed_route::{ListedRoute, admitted_users};
use super::mount_context::{MountContext, allowed, body_limits, layered};
use super::mounted_service::MountedService;
use super::mounting::Mounting;
use crate::authorization::{Admission, config_errors_of_endpoint};
use crate::limits::{LimitOwner, SharedLimits};

/// The mounted services, the listing of their routes, and the configuration errors.
pub(super) type MountedServices = (Vec<MountedService>, Vec<ListedRoute>, Vec<String>);

/// Mounts every tower service. `routes` are the routes of the endpoints, which take precedence: a
/// service that one of them covers completely is a configuration error.
pub(super) fn mount_services(
    context: &MountContext<'_>,
    limits: &mut SharedLimits,
    routes: &[(&RouteTemplate, Registration)],
) -> MountedServices {
    let (mut services, mut listed, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (index, mounting) in context.mounts.iter().enumerate() {
        let located =
            |text: String| format!("the mount `{}` ({}): {text}", mounting.path, mounting.declared);
        let mut wrong = mounting.own_errors();
        let earlier = context.mounts.iter().take(index).find(|other| other.path == mounting.path);
        wrong.extend(earlier.map(|other| {
            format!("the path is taken by the mount at {}; keep one of them", other.declared)
        }));
        wrong.extend(routes.iter().filter(|(route, _)| covers(route, &mounting.path)).map(
            |(route, registration)| {
                let (name, declared) = (registration.type_name(), registration.declared);
                format!(
                    "the route `{route}` of `{name}` ({declared}) matches every path of the mount; \
                     remove one of them, or mount the service at `/` to answer the requests that no \
                     route matches"
                )
            },
        ));
        let (config, of_config) = config_within(mounting, context);
        wrong.extend(of_config);
        errors.extend(wrong.into_iter().map(located));
        services.push(mount(mounting, &config, index, limits, context));
        let users = admitted_users(config.access(), &Method::GET);
        listed.push(ListedRoute::of_service(
            mounting.template(),
            mounting.type_name,
            users,
            mounting.declared,
        ));
    }
    (services, listed, errors)
}

/// Returns the mount's settings combined with the host's defaults, and their configuration errors.
fn config_within(mounting: &Mounting, context: &MountContext<'_>) -> (Config, Vec<String>) {
    let mut config = Config::default();
    *config = mounting.settings.clone();
    // The rules of access are resolved as for an endpoint with a route for every method.
    config.any("/");
    let config = config.within(context.defaults);
    let mut errors = config.config_errors().to_vec();
    errors.extend(config_errors_of_endpoint(&config, context.schemes));
    (config, errors)
}

fn mount(
    mounting: &Mounting,
    config: &Config,
    index: usize,
    limits: &mut SharedLimits,
    context: &MountContext<'_>,
) -> MountedService {
    let access = Admission::new(
        config.access(),
        &Method::GET,
        context.schemes,
        context.failed_authentications.clone(),
        context.revocation,
    );
    let names = config.allowed_names().within(context.allowed_names);
    let rules = config.cors_rules().or(context.cors);
    // The response to a preflight allows the method that the preflight requests. The service may
    // still refuse the request itself.
    let cors =
        rules.map(|rules| cors::layer(rules, &[]).allow_methods(AllowMethods::mirror_request()));
    let path = RouteTemplate::parse(&mounting.path)
        .map(|path| path.encoded().to_owned())
        .unwrap_or_default();
    MountedService {
        prefix: path.trim_end_matches('/').to_owned(),
        template: mounting.template().into(),
        service: mounting.service.clone(),
        access,
        body_limits: body_limits(config, context.options),
        error_format: config.own_error_format().or(context.error_format),
        allowed_names: allowed(&names),
        cors,
        limits: limits.of(config, LimitOwner::Mount(index), false),
        layered: layered(config, context.innermost),
        response_headers: config.deprecation().map(|deprecation| deprecation.headers().into()),
    }
}

/// Returns whether a route matches every path below `path`: its `{*…}` begins at `path` or above.
fn covers(route: &RouteTemplate, path: &str) -> bool {
    let Some((before, _)) = route.as_str().split_once("/{*") else {
        return false;
    };
    let mut segments = path.split('/').skip(1).filter(|segment| !segment.is_empty());
    before.split('/').skip(1).all(|wanted| {
        segments.next().is_some_and(|segment| wanted.starts_with('{') || wanted == segment)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(route: &str, path: &str, expected: bool) {
        assert_eq!(covers(&RouteTemplate::parse(route).unwrap(), path), expected, "{route} {path}");
    }

    #[test]
    fn a_route_covers_a_mount_if_its_rest_begins_there_or_above() {
        check("/{*path}", "/", true);
        check("/{*path}", "/files", true);
        check("/files/{*path}", "/files", true);
        check("/{kind}/{*path}", "/files", true);
        check("/files/{*path}", "/", false);
        check("/files/new/{*path}", "/files", false);
        check("/other/{*path}", "/files", false);
        check("/files/{id}", "/files", false);
    }
}
