//! The methods of the host builder and of the application that hand over the contract.

use std::error::Error;
use std::sync::Arc;

use http::{Request, Response};
use hyperpoint_core::{Body, Settings};
use tower_service::Service;

use crate::app::Application;
use crate::contract::Contract;
use crate::host::Host;
use crate::routing::MountKind;

type BoxError = Box<dyn Error + Send + Sync>;

impl Host {
    /// Reads the contract before the application is built. The texts that `step` returns are configuration
    /// errors of the host.
    #[doc(hidden)]
    pub fn with_contract(
        mut self,
        step: impl FnOnce(&Contract) -> Vec<String> + Send + 'static,
    ) -> Self {
        self.contract_steps.push(Box::new(step));
        self
    }
}

impl Host {
    /// Mounts a static response about the host itself, such as its document. Unlike a mounted service it
    /// upgrades no connection, and is nothing that the host is there for.
    #[doc(hidden)]
    #[track_caller]
    pub fn mount_document<S>(self, path: &str, service: S, settings: Settings) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error: Into<BoxError>>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        self.mounted(path, service, settings, MountKind::Document)
    }
}

impl Application {
    /// Returns a registered service.
    #[doc(hidden)]
    #[must_use]
    pub fn service<T: ?Sized + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.app().state.services().get()
    }

    /// Returns what is known of the endpoints. Needs the feature `contract`.
    #[must_use]
    pub fn contract(&self) -> Contract {
        self.app().contract.contract()
    }
}
