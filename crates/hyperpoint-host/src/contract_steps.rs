//! Steps that other crates run while a host is built: on its contract, and on the application.

use crate::app::Application;
use crate::contract::ContractStep;

/// A step that receives the built application.
pub(crate) type ApplicationStep = Box<dyn FnOnce(&Application) + Send>;

/// The build steps of a host.
#[derive(Default)]
pub(crate) struct ContractSteps {
    pub(crate) of_contract: Vec<ContractStep>,
    pub(crate) of_application: Vec<ApplicationStep>,
}
