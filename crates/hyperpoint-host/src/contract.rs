//! A description of an application's endpoints, from which documents are generated before the first
//! request.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use hyperpoint_core::config::AllowedNames;
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::identity::{Carrier, Revocation};
use hyperpoint_core::{AuthenticationScheme, Config, GroupConfig};

use crate::limits::FailedAuthentications;

/// A description of an application's endpoints: their configuration and their types. Available
/// before the first request. Needs the feature `contract`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Contract {
    /// The endpoints, sorted by file and line.
    pub endpoints: Vec<ConfiguredEndpoint>,
    /// The authentication schemes, in the order of their registration.
    pub schemes: Vec<ListedScheme>,
    /// The defaults that the host sets for every endpoint.
    pub defaults: GroupConfig,
    /// Whether the host sets its own format of error responses.
    pub has_error_format: bool,
    /// The hosts and origins that the host allows in requests to endpoints without their own list.
    pub allowed_names: AllowedNames,
    /// Whether the number of failed authentications is limited.
    pub limits_authentication: bool,
}

/// One endpoint with its effective configuration: its own settings, its groups' and the host's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfiguredEndpoint {
    /// The registration of the endpoint.
    pub registration: Registration,
    /// The effective configuration. Its routes are complete paths.
    pub config: Config,
}

/// An authentication scheme.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListedScheme {
    /// The name of the scheme.
    pub name: String,
    /// The parts of a request that may carry the scheme's credentials.
    pub carriers: Vec<Carrier>,
}

/// A step that reads the contract before the application is built, and returns configuration
/// errors.
pub(crate) type ContractStep = Box<dyn FnOnce(&Contract) -> Vec<String> + Send>;

/// The parts of a host from which its contract is built. A built application keeps them, because
/// the contract is built again for each call of `Application::contract`.
pub(crate) struct ContractParts {
    pub(crate) registrations: Box<[Registration]>,
    pub(crate) defaults: GroupConfig,
    pub(crate) schemes: Arc<[Arc<dyn AuthenticationScheme>]>,
    pub(crate) has_error_format: bool,
    pub(crate) allowed_names: AllowedNames,
    pub(crate) failed_authentications: Option<Arc<FailedAuthentications>>,
    pub(crate) revocation: Arc<Revocation>,
}

impl ContractParts {
    pub(crate) fn contract(&self) -> Contract {
        let endpoints = self.registrations.iter().map(|registration| ConfiguredEndpoint {
            registration: *registration,
            config: registration.config_within(&self.defaults),
        });
        let schemes = self.schemes.iter().map(|scheme| ListedScheme {
            name: scheme.name().to_owned(),
            carriers: scheme.carriers(),
        });
        Contract {
            endpoints: endpoints.collect(),
            schemes: schemes.collect(),
            defaults: self.defaults.clone(),
            has_error_format: self.has_error_format,
            allowed_names: self.allowed_names.clone(),
            limits_authentication: self.failed_authentications.is_some(),
        }
    }

    /// Runs the steps that read the contract, and appends their configuration errors to `errors`,
    /// each once. Returns `errors`.
    pub(crate) fn read(&self, steps: Vec<ContractStep>, mut errors: Vec<String>) -> Vec<String> {
        if !steps.is_empty() {
            let contract = self.contract();
            // Several documents may report the same error.
            let mut seen = HashSet::new();
            let of_steps = steps.into_iter().flat_map(|step| step(&contract));
            errors.extend(of_steps.filter(|error| seen.insert(error.clone())));
        }
        errors
    }
}

impl fmt::Debug for ContractParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractParts").finish_non_exhaustive()
    }
}
