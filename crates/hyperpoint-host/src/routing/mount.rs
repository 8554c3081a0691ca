//! Start-up: registrations become a table of routes, or a list of everything that is wrong.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use http::Method;
use hyperpoint_core::bind::{BindingPlan, PlanFor};
use hyperpoint_core::config::Layered;
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::exchange::BodyLimits;
use hyperpoint_core::link_table::LinkTable;
use hyperpoint_core::processor::Processors;
use hyperpoint_core::services::{Resolver, Services};
use hyperpoint_core::{Config, Cors, GroupConfig, RouteTemplate};
use matchit::{InsertError, Router};

use super::cors;
use super::listed_route::{ListedRoute, who};
use super::param_names::ParamNames;
use super::processor_cache::ProcessorCache;
use super::route::Route;
use super::table::RouteTable;
use crate::authorization::{Admission, Schemes, mistakes_of_endpoint, mistakes_of_host};
use crate::limits::{EndpointLimits, FailedAuthentications, SharedLimits};
use crate::options::ServerOptions;

/// What endpoints are mounted with.
pub(crate) struct MountContext<'a> {
    pub(crate) services: &'a Services,
    pub(crate) options: &'a ServerOptions,
    pub(crate) cors: Option<&'a Cors>,
    pub(crate) defaults: &'a GroupConfig,
    pub(crate) schemes: &'a Schemes,
    /// The host's limit on failed authentication, unless it is off.
    pub(crate) failed_authentications: Option<Arc<FailedAuthentications>>,
    /// What the layers of endpoints are put around.
    pub(crate) innermost: &'a Layered,
    /// What is wrong with all that no endpoint has to do with.
    pub(crate) mistakes_of_server: Vec<String>,
}

/// A mounted table, with what is told of each route, sorted.
pub(crate) type Mounted = (RouteTable, Vec<ListedRoute>, LinkTable);

/// A table without links.
type Tabulated = (RouteTable, Vec<ListedRoute>);

/// One method of one path, before the path's methods are put together.
struct Entry {
    registration: Registration,
    method: Method,
    template: RouteTemplate,
    /// None where the endpoint could not be built, which is a mistake by itself.
    route: Option<Route>,
    /// Who may use it.
    who: String,
    cors: Option<Cors>,
}

/// MountContext every registration.
///
/// # Errors
///
/// Every mistake, each with the endpoint's type, file and line.
pub(crate) fn mount(
    registrations: &[Registration],
    context: &MountContext<'_>,
) -> Result<Mounted, Vec<String>> {
    let of_cors = context.cors.into_iter().flat_map(Cors::mistakes);
    let mut mistakes: Vec<_> = of_cors.map(|text| format!("the host's `cors`: {text}")).collect();
    let of_defaults = context.defaults.mistakes_of_host();
    mistakes.extend(of_defaults.into_iter().map(|text| format!("the host's `defaults`: {text}")));
    mistakes.extend(mistakes_of_host(context.schemes));
    mistakes.extend(context.mistakes_of_server.iter().cloned());
    let (mut entries, mut wanted) = (Vec::new(), Vec::new());
    let (mut cache, mut shared) = (ProcessorCache::default(), SharedLimits::default());
    for registration in registrations {
        let config = registration.config_within(context.defaults);
        let processors = cache.of(&config, context.services);
        let limits = shared.of(&config, registration.type_id(), registration.streams);
        let (found, wrong) =
            entries_of(registration, &config, processors, limits.as_ref(), context);
        entries.extend(found);
        mistakes.extend(wrong.into_iter().map(|text| tell(registration, &text)));
        wanted.extend(config.links().iter().map(|&(target, name)| (registration, target, name)));
        // A group tells its mistakes with each of its endpoints.
        for mistake in config.mistakes_of_groups() {
            if !mistakes.contains(mistake) {
                mistakes.push(mistake.clone());
            }
        }
    }
    mistakes.extend(cache.mistakes);
    let (link_table, lost) = link(&wanted, registrations, &entries);
    mistakes.extend(lost);
    let ((table, listing), conflicts) = tabulate(entries);
    mistakes.extend(conflicts);
    if mistakes.is_empty() { Ok((table, listing, link_table)) } else { Err(mistakes) }
}

/// The routes of what endpoints link to, and the links that lead nowhere.
fn link(
    links: &[(&Registration, TypeId, &'static str)],
    registrations: &[Registration],
    entries: &[Entry],
) -> (LinkTable, Vec<String>) {
    let known: HashSet<_> = registrations.iter().map(Registration::type_id).collect();
    let lost = links.iter().filter(|(_, target, _)| !known.contains(target));
    let lost = lost.map(|(from, _, name)| {
        let text = format!(
            "links to `{name}`, which is not in the host; name its crate in `main.rs`, add it with \
             `.endpoint::<{name}>()`, or take the `links_to` out"
        );
        tell(from, &text)
    });
    let wanted: HashSet<_> = links.iter().map(|&(_, target, _)| target).collect();
    let mut table = LinkTable::default();
    for Entry { registration, method, template, .. } in entries {
        if wanted.contains(&registration.type_id()) {
            table.note(registration.type_id(), method, template);
        }
    }
    (table, lost.collect())
}

/// A mistake with its place, as every line of the report has it.
fn tell(registration: &Registration, text: &str) -> String {
    format!("`{}` ({}): {text}", registration.type_name(), registration.declared)
}

/// The endpoint on each of its routes, and what is wrong with it.
fn entries_of(
    registration: &Registration,
    config: &Config,
    processors: Processors,
    limits: Option<&Arc<EndpointLimits>>,
    context: &MountContext<'_>,
) -> (Vec<Entry>, Vec<String>) {
    let mut mistakes = config.mistakes().to_vec();
    mistakes.extend(mistakes_of_endpoint(config, context.schemes));
    let mut resolver = Resolver::new(context.services);
    let endpoint = registration.build(&mut resolver, processors);
    mistakes.extend(resolver.into_missing());
    if registration.streams && registration.keeps_body {
        mistakes.push(
            "answers with an event stream, and its request type keeps the body unread; read the \
             body before, such as by `Raw<Bytes>`"
                .to_owned(),
        );
    }
    let schema = registration.request_schema();
    let mut entries = Vec::new();
    for (method, text) in config.method_routes() {
        let template = match RouteTemplate::parse(text) {
            Ok(template) => template,
            Err(error) => {
                mistakes.push(error.to_string());
                continue;
            }
        };
        let (plan, wrong) = BindingPlan::new(PlanFor {
            method: &method,
            params: template.params(),
            schema: schema.as_ref(),
            takes_body: registration.takes_body,
            is_anonymous: config.access().is_anonymous(&method),
        });
        mistakes.extend(wrong);
        let limit = context.failed_authentications.clone();
        let access = Admission::new(config.access(), &method, context.schemes, limit);
        let body_limits = body_limits(config, context.options);
        let route = endpoint.clone().map(|endpoint| Route {
            endpoint,
            template: template.as_str().into(),
            plan: Arc::new(plan),
            access,
            body_limits,
            streams: registration.streams,
            cors: None,
            limits: limits.cloned(),
            layered: layered(config, context.innermost),
            notices: config.deprecation().map(|deprecation| deprecation.headers().into()),
        });
        let cors = config.cors_rules().or(context.cors).cloned();
        let who = who(config.access(), &method);
        entries.push(Entry { registration: *registration, method, template, route, who, cors });
    }
    let mut told = HashSet::new();
    mistakes.retain(|mistake| told.insert(mistake.clone()));
    (entries, mistakes)
}

/// The innermost service within the layers of an endpoint; none where it has none.
fn layered(config: &Config, innermost: &Layered) -> Option<Layered> {
    let (first, others) = config.layers().split_first()?;
    Some(others.iter().fold(first.wrap(innermost.clone()), |inner, layer| layer.wrap(inner)))
}

fn body_limits(config: &Config, options: &ServerOptions) -> BodyLimits {
    let bytes = config.body_limit().unwrap_or(options.body_limit_bytes);
    BodyLimits { bytes, pace: options.body_pace() }
}

/// Puts the methods of each path together, and notes what conflicts.
fn tabulate(entries: Vec<Entry>) -> (Tabulated, Vec<String>) {
    let mut mistakes = Vec::new();
    let mut listed = Vec::new();
    let mut paths: BTreeMap<RouteTemplate, Vec<Entry>> = BTreeMap::new();
    let (mut param_names, mut known) = (ParamNames::default(), BTreeMap::new());
    // Paths conflict whatever their methods are.
    let (mut table, mut all_paths) = (RouteTable::default(), Router::new());
    for entry in entries {
        paths.entry(entry.template.clone()).or_default().push(entry);
    }
    for (template, mut entries) in paths {
        entries.sort_by_key(|entry| (entry.method.to_string(), entry.registration.declared));
        mistakes.extend(doubles(&entries));
        listed.extend(entries.iter().map(|Entry { registration, method, who, .. }| {
            ListedRoute::new(registration, method, &template, who.clone())
        }));
        let Some(first) = entries.first().map(|entry| entry.registration) else {
            continue;
        };
        let path = template.encoded();
        let conflict = match param_names.note(&template) {
            Err(other) => Some((known.get(&other.encoded()), String::new())),
            Ok(()) => all_paths.insert(&path, ()).err().map(|error| match &error {
                InsertError::Conflict { with } => (known.get(with), error.to_string()),
                _ => (None, error.to_string()),
            }),
        };
        match conflict {
            Some((other, text)) => {
                mistakes.push(tell(&first, &told_conflict(&template, other, &text)));
            }
            None => table.insert(&path, routes(entries)),
        }
        known.insert(path, (template, first));
    }
    ((table, listed), mistakes)
}

/// What a route conflicts with, and what to do about it.
fn told_conflict(
    template: &RouteTemplate,
    other: Option<&(RouteTemplate, Registration)>,
    text: &str,
) -> String {
    let Some((other, registration)) = other else {
        return format!("route `{template}`: {text}");
    };
    let has_rest = |route: &RouteTemplate| route.as_str().contains("{*");
    let advice = match template.params() == other.params() {
        true => "keep one of them",
        false if has_rest(template) != has_rest(other) => {
            "`{*…}` takes every path there that is no literal; move one of them"
        }
        false => "give the parameters at one place of a path one name",
    };
    let (name, declared) = (registration.type_name(), registration.declared);
    format!("route `{template}` conflicts with `{other}` of `{name}` ({declared}); {advice}")
}

/// Two endpoints for one method of one path.
fn doubles(entries: &[Entry]) -> Vec<String> {
    let pairs = entries.iter().zip(entries.iter().skip(1));
    let doubles = pairs.filter(|(one, other)| one.method == other.method);
    let tell_pair = |(one, other): (&Entry, &Entry)| {
        let Entry { method, template, registration, .. } = one;
        let (name, declared) = (registration.type_name(), registration.declared);
        let text = match registration.type_id() == other.registration.type_id() {
            true => format!("`{method} {template}` is there twice; keep one"),
            false => format!("`{method} {template}` is taken by `{name}` ({declared})"),
        };
        tell(&other.registration, &text)
    };
    doubles.map(tell_pair).collect()
}

/// The endpoints of one path, each by its method.
fn routes(entries: Vec<Entry>) -> Vec<(Method, Arc<Route>)> {
    let with_cors = |Entry { method, route, cors, .. }: Entry| {
        // HEAD comes with GET.
        let methods = match method == Method::GET {
            true => &[Method::GET, Method::HEAD][..],
            false => std::slice::from_ref(&method),
        };
        let cors = cors.map(|rules| cors::layer(&rules, methods));
        Some((method, Arc::new(Route { cors, ..route? })))
    };
    entries.into_iter().filter_map(with_cors).collect()
}
