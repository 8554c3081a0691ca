//! What other crates do while a host is built: with its contract, and with the application.

use crate::app::Application;
use crate::contract::ContractStep;

/// A step that gets the application once it is built.
pub(crate) type ApplicationStep = Box<dyn FnOnce(&Application) + Send>;

/// The steps of a host.
#[derive(Default)]
pub(crate) struct ContractSteps {
    pub(crate) of_contract: Vec<ContractStep>,
    pub(crate) of_application: Vec<ApplicationStep>,
}
