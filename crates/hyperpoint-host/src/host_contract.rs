//! The methods of the host builder and of the application that give access to the contract.

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
    /// Calls `step` with the contract before the application is built. The texts that it returns
    /// are configuration errors of the host.
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
    /// Mounts a static response about the host itself, such as its OpenAPI document. Unlike a
    /// mounted service, it cannot upgrade a connection, and a host that has nothing else to serve
    /// cannot be built.
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

    /// Returns the description of the application's endpoints. Needs the feature `contract`.
    #[must_use]
    pub fn contract(&self) -> Contract {
        self.app().contract.contract()
    }
}
