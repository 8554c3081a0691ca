//! The methods of the host builder that build, start and run a host.

use std::collections::HashSet;
use std::sync::Arc;

use http::Request;
use hyperpoint_core::config::AnyLayer;
use hyperpoint_core::endpoint::{EndpointRoutes, Registration};
use hyperpoint_core::host_state::HostState;
use hyperpoint_core::identity::Revocation;
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
use crate::host::Host;
use crate::limits::FailedAuthentications;
use crate::management::Management;
use crate::options::ServerOptions;
use crate::routing::{ListedRoute, MountContext, allowed, cors_layer, mount};
use crate::server::{Bind, HostParts, Running, start};
use crate::telemetry::Telemetry;
use crate::unavailable::unavailable;

/// The authentication schemes of a host, with its limit on failed authentications and its
/// revocation check.
struct Identities {
    schemes: Schemes,
    /// The limit on failed authentication attempts, or `None` if it is disabled.
    failed_authentications: Option<Arc<FailedAuthentications>>,
    revocation: Arc<Revocation>,
}

impl Host {
    /// Builds the application without listening, for tests or to mount it in another server.
    ///
    /// # Errors
    ///
    /// Returns all configuration errors together. An error in an endpoint begins with the
    /// endpoint's type, file and line.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let error = Host::empty().build().unwrap_err();
    /// assert!(error.to_string().contains("add one with `.endpoint::<E>()`"));
    /// ```
    pub fn build(self) -> Result<Application, HostError> {
        Ok(self.assemble()?.application)
    }

    /// Builds all parts of the host.
    fn assemble(mut self) -> Result<HostParts, HostError> {
        let stopping = Stopping::new(self.options.drain_window);
        self.add_own_services(&stopping);
        let background_tasks = std::mem::take(&mut self.management.background_tasks);
        let management = self.assemble_management()?;
        let registrations = self.some_registrations()?;
        let identities = self.identities();
        let server_errors = self.server_errors();
        #[cfg(feature = "contract")]
        let contract = self.contract_parts(&registrations, &identities);
        #[cfg(feature = "contract")]
        let server_errors =
            contract.read(std::mem::take(&mut self.contract_steps.of_contract), server_errors);
        let context = MountContext {
            services: &self.services,
            mounts: &self.mounts,
            placed: &self.placed,
            options: &self.options,
            cors: self.cors.as_ref(),
            defaults: &self.defaults,
            schemes: &identities.schemes,
            failed_authentications: identities.failed_authentications,
            revocation: &identities.revocation,
            allowed_names: &self.allowed_names,
            error_format: &self.error_format,
            innermost: &innermost(self.error_format.clone()),
            server_errors,
        };
        let (routes, listed, links) =
            mount(&registrations, &context).map_err(HostError::startup)?;
        let telemetry = Telemetry::new(self.traces, self.meter);
        let mut problems = self.problems;
        problems.add_default(unavailable);
        let state = HostState::new(self.services, problems, links, stopping);
        let state = if telemetry.is_some() { state.observed() } else { state };
        // If the path has no endpoint, the response to a preflight allows the method that the
        // preflight requests. The request itself is then refused, with a response that the script
        // can read.
        let any = |rules| cors_layer(&rules, &[]).allow_methods(AllowMethods::mirror_request());
        let application = Application::new(App {
            routes,
            state,
            telemetry,
            cors: self.cors.map(any),
            allowed_names: allowed(&self.allowed_names),
            error_format: self.error_format,
            options: self.options,
            endpoints: Arc::new(EndpointRoutes::new(&registrations, &self.defaults)),
            trust: self.trust,
            lines: listed.iter().map(ListedRoute::line).collect(),
            listed,
            #[cfg(feature = "contract")]
            contract,
        });
        let application = within(application, &self.layers);
        #[cfg(feature = "contract")]
        self.contract_steps.of_application.into_iter().for_each(|step| step(&application));
        Ok(HostParts {
            application,
            bind: self.bind,
            secure: self.secure,
            management,
            background_tasks,
        })
    }

    /// Takes the schemes out of the builder, and returns them with the limit on failed
    /// authentications and the revocation check.
    fn identities(&mut self) -> Identities {
        let schemes = Schemes::from(std::mem::take(&mut self.schemes));
        let revocation = Revocation::new(Arc::clone(&schemes), self.options.revocation_check);
        Identities {
            schemes,
            failed_authentications: failed_authentications(&self.options),
            revocation: Arc::new(revocation),
        }
    }

    /// Returns the parts from which the application builds its contract.
    #[cfg(feature = "contract")]
    fn contract_parts(
        &self,
        registrations: &[Registration],
        identities: &Identities,
    ) -> crate::contract::ContractParts {
        crate::contract::ContractParts {
            registrations: registrations.into(),
            defaults: self.defaults.clone(),
            schemes: Arc::clone(&identities.schemes),
            has_error_format: self.error_format.is_set(),
            allowed_names: self.allowed_names.clone(),
            failed_authentications: identities.failed_authentications.clone(),
            revocation: Arc::clone(&identities.revocation),
        }
    }

    /// Registers the services that every host has, unless the user has registered them, and
    /// connects topics to metrics.
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

    /// Builds the management application, and returns it with its address. If no management address
    /// is set, adds the health endpoints, if enabled, to the host's own endpoints and returns
    /// `None`.
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

    /// Returns the configuration errors of options, proxies and TLS.
    fn server_errors(&mut self) -> Vec<String> {
        let of_options = self.options.config_errors().into_iter();
        let mut errors: Vec<_> =
            of_options.map(|text| format!("the host's `options`: {text}")).collect();
        errors.extend(self.trust.iter().flat_map(TrustedProxies::config_errors));
        errors.extend(self.secure.iter_mut().flat_map(|secure| secure.prepare()));
        errors
    }

    /// Builds the application and begins to listen. The server runs in its own task until the
    /// returned [`Running`] is stopped or dropped.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`build`](Self::build), and an error if the address or the management
    /// address is invalid or cannot be listened on.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future closes the listener, if it is already open.
    pub async fn start(self) -> Result<Running, HostError> {
        start(self.assemble()?).await
    }

    /// Builds the application, listens, and serves until SIGINT or SIGTERM (on platforms other than
    /// Unix, Ctrl-C). Then finishes open requests and background tasks (`cx.tasks`) within the
    /// drain window. A second signal stops the host immediately.
    ///
    /// Logs the URL at level `info`. If no `tracing` subscriber is set, prints `listening on
    /// http://…` to standard error instead.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`start`](Self::start), and an error if signal handlers cannot be
    /// installed.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropping the future stops the host immediately.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::{Host, HostError};
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), HostError> {
    ///     Host::new().bind("127.0.0.1:8080").run().await
    /// }
    /// ```
    pub async fn run(self) -> Result<(), HostError> {
        let running = self.start().await?;
        running.print_unless_logged();
        running.until_signal().await
    }

    /// Returns each registration once, sorted by file and line.
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

    /// Returns the registrations, or the error of a host without endpoints and without mounted
    /// services.
    fn some_registrations(&self) -> Result<Vec<Registration>, HostError> {
        let registrations = self.all_registrations();
        match registrations.is_empty() && self.mounts.is_empty() {
            true => Err(HostError::startup(vec![self.nothing_found().to_owned()])),
            false => Ok(registrations),
        }
    }

    /// Returns the error message for a host without endpoints.
    fn nothing_found(&self) -> &'static str {
        if self.discovers {
            "no endpoint was found: a crate of endpoints is linked only if the program names it; \
             write `use its_name as _;` in `main.rs`, or `#[derive(Endpoint)]` on a struct"
        } else {
            "an empty host discovers no endpoints: add one with `.endpoint::<E>()`"
        }
    }
}

/// Returns the limit on failed authentication attempts, or `None` if it is disabled.
fn failed_authentications(options: &ServerOptions) -> Option<Arc<FailedAuthentications>> {
    let (rate, burst) =
        (options.failed_authentications_per_minute, options.failed_authentication_burst);
    FailedAuthentications::new(rate, burst).map(Arc::new)
}

/// Wraps the application in the host's layers.
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
