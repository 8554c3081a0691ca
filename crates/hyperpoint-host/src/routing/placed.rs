//! An endpoint that another crate has built, mounted at a path that the application has chosen.

use std::sync::Arc;

use http::Method;
use hyperpoint_core::config::Settings;
use hyperpoint_core::endpoint::{ErasedEndpoint, Registration, Streams};
use hyperpoint_core::{Config, GroupConfig};

use super::mounting::errors_of_settings;

/// An already built endpoint, such as one that serves a document about the host. Prefixes, versions
/// and processors of the host do not apply to it.
pub(crate) struct Placed {
    /// The registration of the endpoint's type, with the source location of the call that mounted
    /// it.
    pub(crate) registration: Registration,
    pub(crate) endpoint: Arc<dyn ErasedEndpoint>,
    pub(crate) path: String,
    /// The method that the endpoint handles; GET includes HEAD.
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

    /// Returns the configuration errors of the settings, one message each.
    pub(super) fn own_errors(&self) -> Vec<String> {
        errors_of_settings(&self.settings, self.streams())
    }

    /// Returns whether the response may be an event stream.
    pub(super) fn streams(&self) -> bool {
        self.registration.streams != Streams::Never
    }
}
