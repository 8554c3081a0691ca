//! A tower service that is to be mounted, and the configuration errors that do not depend on other
//! routes.

use hyperpoint_core::config::{Layered, Settings};
use hyperpoint_core::{Declared, RouteTemplate};

/// A tower service that is to be mounted at a path.
pub(crate) struct Mounting {
    pub(crate) path: String,
    pub(crate) service: Layered,
    /// The name of the service's type.
    pub(crate) type_name: &'static str,
    pub(crate) settings: Settings,
    /// The source location of the call of `Host::mount`.
    pub(crate) declared: Declared,
}

impl Mounting {
    /// Returns the route template of the mounted paths, for telemetry and listings.
    pub(super) fn template(&self) -> String {
        format!("{}/{{*path}}", self.path.trim_end_matches('/'))
    }

    /// Returns the configuration errors of path and settings, one message each.
    pub(super) fn own_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        match RouteTemplate::parse(&self.path) {
            Err(error) => errors.push(error.to_string()),
            Ok(template) if !template.params().is_empty() => {
                errors.push("has a parameter; mount a service at a literal path".to_owned());
            }
            Ok(_) if self.path.len() > 1 && self.path.ends_with('/') => {
                errors.push("ends with a slash; remove the slash".to_owned());
            }
            Ok(_) => {}
        }
        errors.extend(errors_of_settings(&self.settings, false));
        errors
    }
}

/// Returns the configuration errors in the settings of a mounted service or a placed endpoint, one
/// sentence each. `streams` is whether the response may be an event stream of the host.
pub(super) fn errors_of_settings(settings: &Settings, streams: bool) -> Vec<String> {
    let mut errors = Vec::new();
    if !settings.access().is_set() {
        errors.push(
            "no access rule is set; add `allow_anonymous()`, `authenticated()`, or a requirement \
             such as `roles([…])`"
                .to_owned(),
        );
    }
    let of_endpoints = [
        (settings.access().opens_single_methods(), "allow_anonymous_verbs"),
        (!settings.pre_processors().is_empty(), "before"),
        (!settings.post_processors().is_empty(), "after"),
        (settings.version_number().is_some(), "version"),
        (!streams && !settings.stream_limits().is_empty(), "streams_per_…"),
    ];
    let stray = of_endpoints.into_iter().filter(|(is_set, _)| *is_set);
    errors.extend(
        stray.map(|(_, name)| format!("`{name}` is supported only for endpoints; remove it")),
    );
    errors
}
