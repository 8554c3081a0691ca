//! An endpoint that another crate has built, at a path that the host's user has chosen.

use std::sync::Arc;

use http::Method;
use hyperpoint_core::config::Settings;
use hyperpoint_core::endpoint::{ErasedEndpoint, Registration, Streams};
use hyperpoint_core::{Config, GroupConfig};

use super::mounting::errors_of_settings;

/// An endpoint that is built already, such as the one that sends a document about the host. It is no endpoint
/// of the application: prefixes, versions and processors of the host do not apply to it.
pub(crate) struct Placed {
    /// The registration of its type, declared where it was placed.
    pub(crate) registration: Registration,
    pub(crate) endpoint: Arc<dyn ErasedEndpoint>,
    pub(crate) path: String,
    /// The method that the path answers: GET, with HEAD, for a document.
    pub(crate) method: Method,
    pub(crate) settings: Settings,
}

impl Placed {
    /// Returns the configuration within the defaults of the host.
    pub(super) fn config_within(&self, defaults: &GroupConfig) -> Config {
        let mut config = Config::default();
        config.verb(self.method.clone(), &self.path);
        *config = self.settings.clone();
        config.unprefixed();
        config.unversioned();
        config.within(defaults)
    }

    /// Returns the configuration errors of the settings, one sentence each.
    pub(super) fn own_errors(&self) -> Vec<String> {
        errors_of_settings(&self.settings, self.streams())
    }

    /// Returns whether the response may be an event stream.
    pub(super) fn streams(&self) -> bool {
        self.registration.streams != Streams::Never
    }
}
