//! The state that all requests of a host share.
//!
//! [`HostState`] contains the services, the problem rules, the link targets, the background tasks,
//! the shutdown signal, and the clock of the event streams. This module does not depend on
//! requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyperpoint_sse::stream::{Stopping, StreamScope};

use crate::lifetime::Tasks;
use crate::link_table::LinkTable;
use crate::problem::ProblemMap;
use crate::services::Services;

/// The state that all requests of a host share. Nothing in it is global to the process.
#[derive(Clone, Debug)]
pub struct HostState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    services: Services,
    problems: ProblemMap,
    links: LinkTable,
    tasks: Tasks,
    /// The shutdown signal, and the clock of all event streams.
    streams: StreamScope,
    /// Whether the host has stopped and closes the connections that are still open.
    has_stopped: AtomicBool,
    /// Whether telemetry reads the reports of event streams while they are open.
    is_observed: bool,
}

impl HostState {
    /// Creates the state of a host without background tasks and without telemetry.
    #[must_use]
    pub fn new(
        services: Services,
        problems: ProblemMap,
        links: LinkTable,
        stopping: Stopping,
    ) -> Self {
        let (tasks, streams) = (Tasks::default(), StreamScope::new(stopping));
        Self(Arc::new(Shared {
            services,
            problems,
            links,
            tasks,
            streams,
            has_stopped: AtomicBool::new(false),
            is_observed: false,
        }))
    }

    /// Enables telemetry of event streams: the extensions of the response head of each stream
    /// contain a [`StreamProbe`](crate::exchange::StreamProbe), and the counters of its report are
    /// kept up to date while the stream is open. Has no effect while the state has clones.
    #[must_use]
    pub fn observed(mut self) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.is_observed = true;
        }
        self
    }

    /// Returns the registered services.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// Returns the rules that convert errors of known types to problems.
    #[must_use]
    pub fn problems(&self) -> &ProblemMap {
        &self.0.problems
    }

    /// Returns the table of the endpoints that other endpoints link to, with their routes.
    #[must_use]
    pub fn links(&self) -> &LinkTable {
        &self.0.links
    }

    /// Returns the shutdown signal of the host.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        self.0.streams.stopping()
    }

    /// Records that the host has stopped: it closes the connections that are still open, so that a
    /// client whose request or stream is cut has not left. Later calls have no effect.
    pub fn note_stopped(&self) {
        self.0.has_stopped.store(true, Ordering::Release);
    }

    /// Returns whether the host has stopped and closes the connections that are still open.
    pub(crate) fn has_stopped(&self) -> bool {
        self.0.has_stopped.load(Ordering::Acquire)
    }

    /// Returns the tracker of the background tasks, which may outlive the requests that spawned
    /// them.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    /// Returns whether telemetry of event streams is enabled.
    pub(crate) fn is_observed(&self) -> bool {
        self.0.is_observed
    }

    /// Returns the state that all event streams of the host share: the shutdown signal and the
    /// clock.
    pub(crate) fn streams(&self) -> &StreamScope {
        &self.0.streams
    }
}
