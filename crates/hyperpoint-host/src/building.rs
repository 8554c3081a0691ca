//! From a builder to a host that serves.

use std::collections::HashSet;
use std::sync::Arc;

use http::Request;
use hyperpoint_core::config::AnyLayer;
use hyperpoint_core::endpoint::{EndpointRoutes, Registration};
use hyperpoint_core::host_state::HostState;
use hyperpoint_core::{Body, Stopping};
use hyperpoint_topics::Topics;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_http::cors::AllowMethods;

use crate::app::{App, Application, innermost};
use crate::authorization::Schemes;
use crate::error::HostError;
use crate::forwarding::TrustedProxies;
use crate::health::{Health, Live, Ready};
use crate::host::{Host, Management};
use crate::limits::FailedAuthentications;
use crate::routing::{ListedRoute, MountContext, cors_layer, mount};
use crate::server::{Bind, HostParts, Running, start};
use crate::telemetry::Telemetry;

impl Host {
    /// Builds the application.
    ///
    /// # Errors
    ///
    /// Every mistake in the endpoints at once, each with its type, file and line.
    pub fn build(self) -> Result<Application, HostError> {
        Ok(self.assemble()?.application)
    }

    fn assemble(mut self) -> Result<HostParts, HostError> {
        let stopping = Stopping::new(self.options.drain_window);
        self.add_own_services(&stopping);
        let background_tasks = std::mem::take(&mut self.management.background_tasks);
        let management = self.assemble_management()?;
        let registrations = self.all_registrations();
        if registrations.is_empty() {
            return Err(HostError::startup(vec![self.nothing_found().to_owned()]));
        }
        let mistakes_of_server = self.mistakes_of_server();
        let schemes = Schemes::from(self.schemes);
        let context = MountContext {
            services: &self.services,
            options: &self.options,
            cors: self.cors.as_ref(),
            defaults: &self.defaults,
            schemes: &schemes,
            failed_authentications: FailedAuthentications::new(
                self.options.failed_authentications_per_minute,
                self.options.failed_authentication_burst,
            )
            .map(Arc::new),
            innermost: &innermost(),
            mistakes_of_server,
        };
        let (routes, listed, link_table) =
            mount(&registrations, &context).map_err(HostError::startup)?;
        let telemetry = Telemetry::new(self.traces, self.meter);
        let state = HostState::new(self.services, self.problems, link_table, stopping);
        let state = if telemetry.is_some() { state.observed() } else { state };
        let application = Application::new(App {
            routes,
            state,
            telemetry,
            // Of a path without an endpoint for the method: only that method is allowed to be refused.
            cors: self
                .cors
                .map(|rules| cors_layer(&rules, &[]).allow_methods(AllowMethods::mirror_request())),
            options: self.options,
            endpoints: Arc::new(EndpointRoutes::new(&registrations, &self.defaults)),
            trust: self.trust,
            lines: listed.iter().map(ListedRoute::line).collect(),
            listed,
        });
        let application = within(application, &self.layers);
        Ok(HostParts {
            application,
            bind: self.bind,
            secure: self.secure,
            management,
            background_tasks,
        })
    }

    /// Adds the services that every host has, where there is none of the user's.
    fn add_own_services(&mut self, stopping: &Stopping) {
        let topics = self.services.get::<Topics>().unwrap_or_default();
        if let Some(meter) = self.topic_meter.take() {
            topics.count_for(meter);
        }
        self.services.add(topics);
        if self.services.get::<Health>().is_none() {
            let checks = self.health.clone().unwrap_or_default();
            self.services.add(Arc::new(Health::new(checks, stopping.clone())));
        }
    }

    /// The application for those who run the host, where it has an address of its own. Where not,
    /// the endpoints of health are among the others, if they were asked for.
    fn assemble_management(&mut self) -> Result<Option<(Application, Bind)>, HostError> {
        let mut registrations = vec![Registration::of::<Live>(), Registration::of::<Ready>()];
        let Management { bind, registrations: others, mut services, .. } =
            std::mem::take(&mut self.management);
        let Some(address) = bind else {
            if self.health.is_some() {
                self.registrations.append(&mut registrations);
            }
            return Ok(None);
        };
        registrations.extend(others);
        self.services.get::<Health>().into_iter().for_each(|health| services.add(health));
        let host = Self { registrations, services, ..Self::empty() }.bind(address);
        let HostParts { application, bind, .. } = host.assemble()?;
        Ok(Some((application, bind)))
    }

    fn mistakes_of_server(&mut self) -> Vec<String> {
        let of_options = self.options.mistakes().into_iter();
        let mut mistakes: Vec<_> =
            of_options.map(|text| format!("the host's `options`: {text}")).collect();
        mistakes.extend(self.trust.iter().flat_map(TrustedProxies::mistakes));
        mistakes.extend(self.secure.iter_mut().flat_map(|secure| secure.prepare()));
        mistakes
    }

    /// Builds the application and listens. The server works in tasks of its own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); an address that is none; one that can't be listened on.
    pub async fn start(self) -> Result<Running, HostError> {
        start(self.assemble()?).await
    }

    /// Builds the application, listens, and serves until SIGINT or SIGTERM; then ends what is under
    /// way within the drain window. A second signal stops at once.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn run(self) -> Result<(), HostError> {
        self.start().await?.until_signal().await
    }

    /// Every registration once, in the order of their places in the source.
    fn all_registrations(&self) -> Vec<Registration> {
        let mut all = self.registrations.clone();
        if self.discovers {
            all.extend(Registration::discovered());
        }
        all.sort_by_key(|registration| (registration.declared, registration.type_name()));
        let mut known = HashSet::new();
        all.retain(|registration| known.insert(registration.type_id()));
        all
    }

    fn nothing_found(&self) -> &'static str {
        if self.discovers {
            "no endpoint was found: a crate of endpoints is linked only when the program names it; \
             write `use its_name as _;` in `main.rs`, or `#[derive(Endpoint)]` on a struct"
        } else {
            "an empty host discovers no endpoints: add one with `.endpoint::<E>()`"
        }
    }
}

/// The application within the layers of its host.
fn within(application: Application, layers: &[AnyLayer]) -> Application {
    if layers.is_empty() {
        return application;
    }
    application.layered(|inner| {
        let inner = ServiceExt::<Request<Body>>::map_err(inner, |never| match never {});
        let inner = BoxCloneSyncService::new(inner);
        layers.iter().fold(inner, |inner, layer| layer.wrap(inner))
    })
}
