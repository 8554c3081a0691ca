//! The methods of the host builder and of the application that give access to the contract.

use std::sync::Arc;

use crate::app::Application;
use crate::contract::Contract;
use crate::host::Host;

impl Host {
    /// Calls `step` with the contract before the application is built. The host reports the strings
    /// that `step` returns as configuration errors.
    #[doc(hidden)]
    pub fn with_contract(
        mut self,
        step: impl FnOnce(&Contract) -> Vec<String> + Send + 'static,
    ) -> Self {
        self.contract_steps.of_contract.push(Box::new(step));
        self
    }

    /// Calls `step` with the built application.
    #[doc(hidden)]
    pub fn with_application(mut self, step: impl FnOnce(&Application) + Send + 'static) -> Self {
        self.contract_steps.of_application.push(Box::new(step));
        self
    }

    /// Returns the service of type `T`, or `None` if no such service is registered yet.
    #[doc(hidden)]
    #[must_use]
    pub fn known_service<T: ?Sized + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.services.get()
    }
}

impl Application {
    /// Returns the service of type `T`, or `None` if no such service is registered.
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
