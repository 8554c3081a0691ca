//! What all requests of one host share.

use std::sync::Arc;

use crate::clock::ClockWheel;
use crate::lifetime::{Stopping, Tasks};
use crate::link_table::LinkTable;
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
    links: LinkTable,
    tasks: Tasks,
    clock_wheel: ClockWheel,
    is_observed: bool,
}

impl HostState {
    /// Binds the parts together.
    #[must_use]
    pub fn new(
        services: Services,
        problems: ProblemMap,
        links: LinkTable,
        stopping: Stopping,
    ) -> Self {
        let (tasks, clock_wheel) = (Tasks::default(), ClockWheel::new(stopping.clone()));
        Self(Arc::new(Shared {
            services,
            problems,
            stopping,
            links,
            tasks,
            clock_wheel,
            is_observed: false,
        }))
    }

    /// Somebody wants to know how streams go: the head of each has a
    /// [`StreamProbe`](crate::exchange::StreamProbe) among its extensions.
    #[must_use]
    pub fn observed(mut self) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.is_observed = true;
        }
        self
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

    /// The endpoints that others link to.
    #[must_use]
    pub fn links(&self) -> &LinkTable {
        &self.0.links
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

    /// Whether somebody wants to know how streams go.
    pub(crate) fn is_observed(&self) -> bool {
        self.0.is_observed
    }

    pub(crate) fn clock_wheel(&self) -> &ClockWheel {
        &self.0.clock_wheel
    }
}
