//! Resolution of an endpoint's configuration within its groups and its host.

use super::endpoint_config::Config;
use super::group::{GroupConfig, GroupRef};
use super::group_error::GroupError;
use super::limits::LimitScope;
use super::version::{placeholders, with_version};

impl Config {
    /// Combines the configuration with the configurations of its groups and the defaults of the
    /// host. Routes become full paths, and unset values are inherited.
    #[must_use]
    pub fn within(mut self, host: &GroupConfig) -> Self {
        self.configuration_errors = self.own_configuration_errors();
        let mut groups = String::new();
        for (group, mut config) in chain(&self) {
            let errors = config.configuration_errors().into_iter();
            self.configuration_errors_of_groups
                .extend(errors.map(|text| GroupError::of(&group, config.place(), text)));
            groups.insert_str(0, config.valid_prefix());
            config.scope_limits(LimitScope::Group(group.type_id));
            self.settings = self.settings.within(&config);
        }
        if let Some(cycle) = cycle(&self) {
            self.configuration_errors_of_groups.push(cycle);
        }
        let mut all = host.clone();
        all.scope_limits(LimitScope::Host);
        self.settings = self.settings.within(&all);
        let version = self.version_number();
        let prefixes = match self.is_unprefixed {
            true => ("", ""),
            false => (host.valid_prefix(), &*groups),
        };
        let mut errors = Vec::new();
        for route in self.all_routes_mut() {
            let path = whole(prefixes, route, version);
            if placeholders(&path) > 1 {
                errors.push(format!(
                    "`{path}` has more than one version placeholder `{{}}`; keep one"
                ));
            }
            *route = with_version(&path, version);
        }
        self.configuration_errors.extend(errors);
        self
    }
}

/// Prepends the prefixes of the host and the groups to a route. If the endpoint has a version but
/// the path has no version placeholder, adds a segment `/v{}` after the prefix of the host. Returns
/// a route without a leading slash unchanged, so that the error message quotes it as written.
fn whole((host, groups): (&str, &str), route: &str, version: Option<u32>) -> String {
    if !route.starts_with('/') {
        return route.to_owned();
    }
    let has_placeholder = [host, groups, route].iter().any(|path| placeholders(path) > 0);
    let placeholder = if version.is_some() && !has_placeholder { "/v{}" } else { "" };
    let before = format!("{host}{placeholder}{groups}");
    if route == "/" && !before.is_empty() { before } else { before + route }
}

/// Returns the groups of an endpoint with their configurations, from the innermost to the
/// outermost. If the groups form a cycle, each of them is returned once.
fn chain(config: &Config) -> Vec<(GroupRef, GroupConfig)> {
    let mut chain: Vec<(GroupRef, GroupConfig)> = Vec::new();
    let mut next = config.groups.first().copied();
    while let Some(group) = next {
        if chain.iter().any(|(known, _)| known.type_id == group.type_id) {
            break;
        }
        let mut config = GroupConfig::default();
        (group.configure)(&mut config);
        next = config.parents.first().copied();
        chain.push((group, config));
    }
    chain
}

/// Returns the configuration error for a group that contains itself, or `None` if there is no such
/// group. The error is the same for each endpoint in the cycle.
fn cycle(config: &Config) -> Option<GroupError> {
    let chain = chain(config);
    let (_, last) = chain.last()?;
    let back = last.parents.first()?;
    let at = chain.iter().position(|(group, _)| group.type_id == back.type_id)?;
    let cycle: Vec<_> = chain.iter().skip(at).collect();
    let names = || cycle.iter().map(|(group, _)| group.name);
    let first = names().enumerate().min_by_key(|(_, name)| *name)?.0;
    let path = names().cycle().skip(first).take(cycle.len() + 1);
    let path = path.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" in ");
    let place = cycle.get(first).and_then(|(_, config)| config.parents.first())?.named_at;
    Some(GroupError::of_cycle(path, place))
}
