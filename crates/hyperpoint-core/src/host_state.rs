//! What all requests of one host share.

use std::sync::Arc;

use crate::lifetime::{Stopping, Tasks};
use crate::problem::ProblemMap;
use crate::services::Services;

/// What all requests of one host share. Nothing here is global to the process.
#[derive(Clone, Debug)]
pub struct HostState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    services: Services,
    problems: ProblemMap,
    stopping: Stopping,
    tasks: Tasks,
}

impl HostState {
    /// Binds the parts together.
    #[must_use]
    pub fn new(services: Services, problems: ProblemMap, stopping: Stopping) -> Self {
        Self(Arc::new(Shared { services, problems, stopping, tasks: Tasks::default() }))
    }

    /// The registered services.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// The rules that turn errors of known types into problems.
    #[must_use]
    pub fn problems(&self) -> &ProblemMap {
        &self.0.problems
    }

    /// When the host stops.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        &self.0.stopping
    }

    /// Work that must outlive its request.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }
}
