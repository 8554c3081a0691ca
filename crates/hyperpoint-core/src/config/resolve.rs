//! From what an endpoint says to what holds for it, with its groups and its host.

use super::endpoint_config::Config;
use super::group::{GroupConfig, GroupRef};
use super::limits::LimitScope;
use super::version::{places, with_version};

impl Config {
    /// What holds for the endpoint on a host with these defaults: routes are whole paths, and what
    /// it leaves open is as its groups and the host have it.
    #[must_use]
    pub fn within(mut self, host: &GroupConfig) -> Self {
        self.mistakes = self.own_mistakes();
        let mut groups = String::new();
        for (group, mut config) in chain(&self) {
            let place = config.place().unwrap_or(group.named_at);
            let tell =
                |text| format!("`{}` ({}:{}): {text}", group.name, place.file(), place.line());
            self.mistakes_of_groups.extend(config.mistakes().into_iter().map(tell));
            groups.insert_str(0, config.sound_prefix());
            config.scope_limits(LimitScope::Group(group.type_id));
            self.settings = self.settings.within(&config);
        }
        if let Some(circle) = circle(&self) {
            self.mistakes_of_groups.push(circle);
        }
        let mut all = host.clone();
        all.scope_limits(LimitScope::Host);
        self.settings = self.settings.within(&all);
        let version = self.version_number();
        let mut mistakes = Vec::new();
        for route in self.all_routes_mut() {
            let path = whole(host.sound_prefix(), &groups, route, version);
            if places(&path) > 1 {
                mistakes.push(format!("`{path}` has more than one place for a version; keep one"));
            }
            *route = with_version(&path, version);
        }
        self.mistakes.extend(mistakes);
        self
    }
}

/// The path with its prefixes, and with a place for a version where there is one. A route that is
/// none stays as it is, so that it is told as it was written.
fn whole(host: &str, groups: &str, route: &str, version: Option<u32>) -> String {
    if !route.starts_with('/') {
        return route.to_owned();
    }
    let has_place = [host, groups, route].iter().any(|path| places(path) > 0);
    let place = if version.is_some() && !has_place { "/v{}" } else { "" };
    let before = format!("{host}{place}{groups}");
    if route == "/" && !before.is_empty() { before } else { before + route }
}

/// The groups of an endpoint, the nearest first, each once.
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

/// The mistake of a group that is within itself, told the same for each endpoint in it.
fn circle(config: &Config) -> Option<String> {
    let chain = chain(config);
    let (_, last) = chain.last()?;
    let back = last.parents.first()?;
    let at = chain.iter().position(|(group, _)| group.type_id == back.type_id)?;
    let circle: Vec<_> = chain.iter().skip(at).collect();
    let names = || circle.iter().map(|(group, _)| group.name);
    let first = names().enumerate().min_by_key(|(_, name)| *name)?.0;
    let way = names().cycle().skip(first).take(circle.len() + 1);
    let way = way.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" in ");
    let place = circle.get(first).and_then(|(_, config)| config.parents.first())?.named_at;
    let (file, line) = (place.file(), place.line());
    Some(format!("{way} ({file}:{line}): a group can't be within itself; take one parent out"))
}
