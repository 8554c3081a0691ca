//! The start-up step that turns registrations into a route table, or into a list of all
//! configuration errors.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use http::Method;
use hyperpoint_core::bind::{BindingPlan, PlanFor};
use hyperpoint_core::config::GroupError;
use hyperpoint_core::endpoint::{ErasedEndpoint, Registration, Streams};
use hyperpoint_core::link_table::LinkTable;
use hyperpoint_core::route::Constraint;
use hyperpoint_core::services::Resolver;
use hyperpoint_core::stream::ReservedEvents;
use hyperpoint_core::{Config, Cors, RouteTemplate, StreamKind};
use matchit::{InsertError, Router};

use super::cors;
use super::listed_route::{ListedRoute, admitted_users};
use super::mount_context::{MountContext, allowed, body_limits, layered};
use super::mount_services::mount_services;
use super::param_names::ParamNames;
use super::placed::Placed;
use super::processor_cache::ProcessorCache;
use super::route::Route;
use super::table::RouteTable;
use crate::authorization::{Admission, config_errors_of_endpoint, config_errors_of_host};
use crate::limits::{EndpointLimits, LimitOwner, SharedLimits};

/// The route table, the listing of its routes (endpoints sorted by path and method, then mounted
/// services), and the targets of links.
pub(crate) type Mounted = (RouteTable, Vec<ListedRoute>, LinkTable);

/// An endpoint with its effective configuration.
struct Configured<'a> {
    registration: &'a Registration,
    config: &'a Config,
    /// The endpoint, or `None` if one of its services is missing, which is reported separately.
    endpoint: Option<Arc<dyn ErasedEndpoint>>,
    limits: Option<Arc<EndpointLimits>>,
}

/// The route table without mounted services, and the listing of its routes, sorted by path and
/// method.
type UnlinkedTable = (RouteTable, Vec<ListedRoute>);

/// An endpoint on one method of one path.
struct Entry {
    registration: Registration,
    method: Method,
    template: RouteTemplate,
    /// The route, or `None` if the endpoint could not be built, which is reported separately.
    route: Option<Route>,
    stream_kind: StreamKind,
    /// The admitted users, as described in the route listing.
    users: String,
    cors: Option<Cors>,
}

/// Mounts every registration, every already built endpoint, and every tower service.
///
/// # Errors
///
/// Returns every configuration error. An error in an endpoint, a group or a mounted service begins
/// with its name, file and line.
pub(crate) fn mount(
    registrations: &[Registration],
    context: &MountContext<'_>,
) -> Result<Mounted, Vec<String>> {
    let of_cors = context.cors.into_iter().flat_map(Cors::config_errors);
    let mut errors: Vec<_> = of_cors.map(|text| format!("the host's `cors`: {text}")).collect();
    let of_defaults = context.defaults.config_errors_of_host();
    errors.extend(of_defaults.into_iter().map(|text| format!("the host's `defaults`: {text}")));
    let of_names = context.allowed_names.config_errors().into_iter();
    errors.extend(of_names.map(|text| format!("the host: {text}")));
    errors.extend(config_errors_of_host(context.schemes));
    errors.extend(context.server_errors.iter().cloned());
    let (mut entries, mut wanted, mut of_groups) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cache, mut shared) = (ProcessorCache::default(), SharedLimits::default());
    for registration in registrations {
        let config = registration.config_within(context.defaults);
        let processors = cache.of(&config, context.services);
        let may_stream = registration.streams != Streams::Never;
        let owner = LimitOwner::Endpoint(registration.type_id());
        let limits = shared.of(&config, owner, may_stream);
        let mut resolver = Resolver::new(context.services);
        let endpoint = registration.build(&mut resolver, processors);
        let missing = resolver.into_missing();
        let configured = Configured { registration, config: &config, endpoint, limits };
        let (found, wrong) = entries_of(&configured, context);
        entries.extend(found);
        let wrong = missing.into_iter().chain(wrong);
        errors.extend(wrong.map(|text| located(registration, &text)));
        wanted.extend(config.links().iter().map(|&(target, name)| (registration, target, name)));
        // Each endpoint of a group repeats the group's errors.
        for error in config.config_errors_of_groups() {
            if !of_groups.iter().any(|known: &GroupError| known.is_same(error)) {
                errors.push(error.to_string());
                of_groups.push(error.clone());
            }
        }
    }
    errors.extend(cache.errors);
    let (placed, wrong) = placed(context, &mut shared);
    entries.extend(placed);
    errors.extend(wrong);
    let (link_table, unresolved) = link(&wanted, registrations, &entries);
    errors.extend(unresolved);
    let routes: Vec<_> =
        entries.iter().map(|entry| (&entry.template, entry.registration)).collect();
    let (mounted, listed, wrong) = mount_services(context, &mut shared, &routes);
    errors.extend(wrong);
    let ((mut table, mut listing), conflicts) = build_table(entries);
    errors.extend(conflicts);
    table.insert_services(mounted);
    listing.extend(listed);
    if errors.is_empty() { Ok((table, listing, link_table)) } else { Err(errors) }
}

/// Returns the already built endpoints, and their configuration errors.
fn placed(context: &MountContext<'_>, limits: &mut SharedLimits) -> (Vec<Entry>, Vec<String>) {
    let (mut entries, mut errors) = (Vec::new(), Vec::new());
    for (index, placed) in context.placed.iter().enumerate() {
        let (registration, config) =
            (&placed.registration, &placed.config_within(context.defaults));
        let limits = limits.of(config, LimitOwner::Placed(index), placed.streams());
        let endpoint = Some(Arc::clone(&placed.endpoint));
        let configured = Configured { registration, config, endpoint, limits };
        let (found, wrong) = entries_of(&configured, context);
        entries.extend(found);
        let own = placed.own_errors();
        // If no access rule is set, the missing rule may cause the other errors, which are not
        // reported.
        let wrong = if placed.settings.access().is_set() { wrong } else { Vec::new() };
        errors.extend(own.into_iter().chain(wrong).map(|text| (placed, text)));
    }
    (entries, of_paths(errors))
}

/// Joins errors that have the same text and source location into one error that lists their paths.
fn of_paths(errors: Vec<(&Placed, String)>) -> Vec<String> {
    let mut joined: Vec<(&Placed, Vec<String>, String)> = Vec::new();
    for (placed, text) in errors {
        let path = format!("`{}`", placed.path);
        let declared = placed.registration.declared;
        let is_same = |(known, _, of_known): &&mut (&Placed, Vec<String>, String)| {
            known.registration.declared == declared && *of_known == text
        };
        match joined.iter_mut().find(is_same) {
            Some((_, paths, _)) => paths.push(path),
            None => joined.push((placed, vec![path], text)),
        }
    }
    let written = |(placed, paths, text): (&Placed, Vec<String>, String)| {
        let noun = if paths.len() == 1 { "path" } else { "paths" };
        located(&placed.registration, &format!("the {noun} {}: {text}", paths.join(", ")))
    };
    joined.into_iter().map(written).collect()
}

/// Returns the routes that endpoints link to, and an error for each link to an unregistered
/// endpoint.
fn link(
    links: &[(&Registration, TypeId, &'static str)],
    registrations: &[Registration],
    entries: &[Entry],
) -> (LinkTable, Vec<String>) {
    let known: HashSet<_> = registrations.iter().map(Registration::type_id).collect();
    let unresolved = links.iter().filter(|(_, target, _)| !known.contains(target));
    let unresolved = unresolved.map(|(from, _, name)| {
        let text = format!(
            "links to `{name}`, which is not registered; name its crate in `main.rs`, add it with \
             `.endpoint::<{name}>()`, or remove the `links_to`"
        );
        located(from, &text)
    });
    let wanted: HashSet<_> = links.iter().map(|&(_, target, _)| target).collect();
    let mut table = LinkTable::default();
    for Entry { registration, method, template, .. } in entries {
        if wanted.contains(&registration.type_id()) {
            table.note(registration.type_id(), method, template);
        }
    }
    (table, unresolved.collect())
}

/// Prefixes an error with the endpoint's type, file and line.
fn located(registration: &Registration, text: &str) -> String {
    format!("`{}` ({}): {text}", registration.type_name(), registration.declared)
}

/// Returns an error if the endpoint responds with an event stream while its body is unread,
/// otherwise `None`.
fn unread_body(registration: &Registration) -> Option<String> {
    let is_unread = registration.streams != Streams::Never && registration.keeps_body;
    let text = "responds with an event stream, but its request type leaves the body unread; use a \
                request type that reads it first, such as `Raw<Bytes>`";
    is_unread.then(|| text.to_owned())
}

/// Returns the endpoint on each of its routes, and its configuration errors.
fn entries_of(of: &Configured<'_>, context: &MountContext<'_>) -> (Vec<Entry>, Vec<String>) {
    let Configured { registration, config, endpoint, limits } = of;
    let mut errors = config.config_errors().to_vec();
    errors.extend(config_errors_of_endpoint(config, context.schemes));
    errors.extend(unread_body(registration));
    let schema = registration.request_schema();
    let mut entries = Vec::new();
    for (method, text) in config.method_routes() {
        let template = match RouteTemplate::parse(text) {
            Ok(template) => template,
            Err(error) => {
                errors.push(error.to_string());
                continue;
            }
        };
        let is_anonymous = config.access().is_anonymous(&method);
        let (params, schema, takes_body) =
            (template.params(), schema.as_ref(), registration.takes_body);
        let (plan, wrong) =
            BindingPlan::new(PlanFor { method: &method, params, schema, takes_body, is_anonymous });
        errors.extend(wrong);
        let stream_kind = config.stream_kind(&method);
        if stream_kind == StreamKind::ForEventSource {
            errors.extend(registration.events().into_iter().flat_map(ReservedEvents::errors));
        }
        let access = Admission::new(
            config.access(),
            &method,
            context.schemes,
            context.failed_authentications.clone(),
            context.revocation,
        );
        let body_limits = body_limits(config, context.options);
        let route = endpoint.clone().map(|endpoint| Route {
            endpoint,
            template: template.as_str().into(),
            constraints: constraints(&template),
            plan: Arc::new(plan),
            access,
            body_limits,
            allowed_names: allowed(&config.allowed_names().within(context.allowed_names)),
            error_format: config.own_error_format().or(context.error_format),
            streams: registration.streams != Streams::Never,
            is_by_request: registration.streams == Streams::ByRequest,
            stream_kind,
            cors: None,
            limits: limits.clone(),
            layered: layered(config, context.innermost),
            response_headers: config.deprecation().map(|deprecation| deprecation.headers().into()),
        });
        let cors = config.cors_rules().or(context.cors).cloned();
        let users = admitted_users(config.access(), &method);
        let registration = **registration;
        entries.push(Entry { registration, method, template, route, stream_kind, users, cors });
    }
    let mut seen = HashSet::new();
    errors.retain(|error| seen.insert(error.clone()));
    (entries, errors)
}

/// Returns the constraints of the route's parameters, or `None` if it has none.
fn constraints(template: &RouteTemplate) -> Option<Box<[Option<Constraint>]>> {
    let constraints = template.constraints();
    constraints.iter().any(Option::is_some).then(|| constraints.into())
}

/// Builds the route table, and returns an error for each conflict between routes.
fn build_table(entries: Vec<Entry>) -> (UnlinkedTable, Vec<String>) {
    let mut errors = Vec::new();
    let mut listed = Vec::new();
    let mut paths: BTreeMap<RouteTemplate, Vec<Entry>> = BTreeMap::new();
    let (mut param_names, mut known) = (ParamNames::default(), BTreeMap::new());
    // Conflicts are detected across all methods.
    let (mut table, mut all_paths) = (RouteTable::default(), Router::new());
    for entry in entries {
        paths.entry(entry.template.clone()).or_default().push(entry);
    }
    for (template, mut entries) in paths {
        entries.sort_by_key(|entry| (entry.method.to_string(), entry.registration.declared));
        errors.extend(duplicates(&entries));
        listed.extend(entries.iter().map(|entry| {
            let Entry { registration, method, stream_kind, users, .. } = entry;
            ListedRoute::new(registration, method, &template, *stream_kind, users.clone())
        }));
        let Some(first) = entries.first().map(|entry| entry.registration) else {
            continue;
        };
        let path = template.encoded().to_owned();
        let conflict = match param_names.note(&template) {
            Err(other) => Some((known.get(other.encoded()), String::new())),
            Ok(()) => all_paths.insert(&path, ()).err().map(|error| match &error {
                InsertError::Conflict { with } => (known.get(with), error.to_string()),
                _ => (None, error.to_string()),
            }),
        };
        match conflict {
            Some((other, text)) => {
                errors.push(located(&first, &describe_conflict(&template, other, &text)));
            }
            None => table.insert(&path, routes(entries)),
        }
        known.insert(path, (template, first));
    }
    ((table, listed), errors)
}

/// Returns the error message for a conflict of two routes, with a fix if the other route is known.
fn describe_conflict(
    template: &RouteTemplate,
    other: Option<&(RouteTemplate, Registration)>,
    text: &str,
) -> String {
    let Some((other, registration)) = other else {
        return format!("route `{template}`: {text}");
    };
    let has_rest = |route: &RouteTemplate| route.as_str().contains("{*");
    let advice = match template.params() == other.params() {
        true if template.constraints() != other.constraints() => {
            "keep one of them, or give its parameters the same constraints"
        }
        true => "keep one of them",
        false if has_rest(template) != has_rest(other) => {
            "`{*…}` matches every path at this position that is not a literal; move one of the \
             routes"
        }
        false => "give the parameters at the same position the same name",
    };
    let (name, declared) = (registration.type_name(), registration.declared);
    format!("route `{template}` conflicts with `{other}` of `{name}` ({declared}); {advice}")
}

/// Returns an error for each endpoint whose method is taken by another endpoint on the same path.
fn duplicates(entries: &[Entry]) -> Vec<String> {
    let pairs = entries.iter().zip(entries.iter().skip(1));
    let duplicates = pairs.filter(|(one, other)| one.method == other.method);
    let describe = |(one, other): (&Entry, &Entry)| {
        let Entry { method, template, registration, .. } = one;
        let (name, declared) = (registration.type_name(), registration.declared);
        let text = match registration.type_id() == other.registration.type_id() {
            true => format!("`{method} {template}` is registered twice; keep one"),
            false => format!(
                "`{method} {template}` is taken by `{name}` ({declared}); change one of the two routes"
            ),
        };
        located(&other.registration, &text)
    };
    duplicates.map(describe).collect()
}

/// Returns the routes of one path by method, with their CORS layers.
fn routes(entries: Vec<Entry>) -> Vec<(Method, Arc<Route>)> {
    let with_cors = |Entry { method, route, cors, .. }: Entry| {
        // GET also serves HEAD.
        let methods = match method == Method::GET {
            true => &[Method::GET, Method::HEAD][..],
            false => std::slice::from_ref(&method),
        };
        let cors = cors.map(|rules| cors::layer(&rules, methods));
        Some((method, Arc::new(Route { cors, ..route? })))
    };
    entries.into_iter().filter_map(with_cors).collect()
}
