//! A weak reference to an application, for endpoints and services within it.

use std::fmt;
use std::sync::{Arc, Weak};

use hyperpoint_core::config::Layered;

use super::app::App;
use super::application::Application;

/// A weak reference to an application, for an endpoint of the application that passes requests to
/// other endpoints.
#[derive(Clone)]
pub struct WeakApplication {
    app: Weak<App>,
    layered: Option<Weak<Layered>>,
}

impl WeakApplication {
    /// Returns the application, or `None` if it was dropped.
    #[must_use]
    pub fn upgrade(&self) -> Option<Application> {
        let layered = match &self.layered {
            Some(layered) => Some(layered.upgrade()?),
            None => None,
        };
        Some(Application::of_parts(self.app.upgrade()?, layered))
    }
}

impl Application {
    /// Returns a weak reference, which does not keep the application alive.
    #[doc(hidden)]
    #[must_use]
    pub fn downgrade(&self) -> WeakApplication {
        let (app, layered) = self.parts();
        WeakApplication { app: Arc::downgrade(app), layered: layered.map(Arc::downgrade) }
    }
}

impl fmt::Debug for WeakApplication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakApplication").finish_non_exhaustive()
    }
}
