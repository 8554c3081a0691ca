//! The extension trait that adds an MCP server to hosts.

use std::sync::Arc;

use http::{Method, Response};
use hyperpoint_core::{Body, Settings};
use hyperpoint_host::Host;
use tower::util::MapResponseLayer;

use crate::mcp::Mcp;
use crate::protected_resource::{ProtectedResource, ServedMetadata};
use crate::server::Server;
use crate::session_endpoints::{SessionEnd, SessionStream};
use crate::transport::Transport;

/// Extends hosts with an MCP server for their tools.
pub trait ServeMcp {
    /// Serves the endpoints that are [tools](crate::OfferTool) with the Model Context Protocol at
    /// `/mcp`, in the revisions 2026-07-28, 2025-11-25, 2025-06-18 and 2025-03-26. Clients of the
    /// last three have sessions if the host offers topics. `describe` sets the options. It must set
    /// who may access the server, with `allow_anonymous()`, `authenticated()` or a requirement.
    ///
    /// An endpoint that cannot be a tool, two tools of the same name, and a host without a tool, a
    /// topic or a handler are configuration errors.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_mcp::{OfferTool, ServeMcp};
    ///
    /// /// Says hello.
    /// #[derive(Endpoint)]
    /// struct Greet;
    ///
    /// impl Endpoint for Greet {
    ///     type Request = ();
    ///     type Response = String;
    ///
    ///     fn configure(config: &mut Config) {
    ///         config.get("/greeting");
    ///         config.allow_anonymous();
    ///         config.tool();
    ///     }
    ///
    ///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
    ///         cx.send.ok_async("hello".to_owned()).await
    ///     }
    /// }
    ///
    /// let host = Host::empty().endpoint::<Greet>().mcp(|mcp| {
    ///     mcp.name("greetings");
    ///     mcp.allow_anonymous();
    /// });
    /// let application = host.build()?;
    /// assert!(application.routes().iter().any(|route| route.contains("/mcp")));
    /// # Ok::<(), HostError>(())
    /// ```
    #[must_use = "a host does nothing until it is built, started or run"]
    fn mcp(self, describe: impl FnOnce(&mut Mcp)) -> Self;
}

impl ServeMcp for Host {
    #[track_caller]
    fn mcp(self, describe: impl FnOnce(&mut Mcp)) -> Self {
        let mut mcp = Mcp::default();
        describe(&mut mcp);
        let mut host = self;
        if let Some(resource) = mcp.resource.clone() {
            host = host.place(&resource.path(), metadata(&resource, &mcp), open_to_all());
            let challenge =
                move |response: Response<Body>| -> Response<Body> { resource.challenge(response) };
            mcp.layer(MapResponseLayer::new(challenge));
        }
        let transport = Arc::new(Transport::default());
        let attached = Arc::clone(&transport);
        let settings = mcp.settings.clone();
        if mcp.has_sessions() {
            let mut of_stream = settings.clone();
            // The stream contains messages of the protocol only, not the host's own events.
            of_stream.streams_as_written();
            let (path, stream) = (mcp.path.clone(), SessionStream(Arc::clone(&transport)));
            host = host.place_for(Method::GET, &path, Arc::new(stream), of_stream);
            let (mut of_end, end) = (settings.clone(), SessionEnd(Arc::clone(&transport)));
            of_end.clear_stream_limits();
            host = host.place_for(Method::DELETE, &path, Arc::new(end), of_end);
        }
        host.place_for(Method::POST, &mcp.path.clone(), Arc::clone(&transport), settings)
            .with_contract(move |contract| {
                let (server, errors) = Server::new(mcp, contract);
                transport.set(Arc::new(server));
                errors
            })
            .with_application(move |application| {
                if let Some(server) = attached.server() {
                    server.attach(application);
                }
            })
    }
}

fn metadata(resource: &ProtectedResource, mcp: &Mcp) -> Arc<ServedMetadata> {
    let served = ServedMetadata::default();
    served.set(resource.metadata(mcp.title.as_deref().unwrap_or(&mcp.name)));
    Arc::new(served)
}

/// Returns the settings of the metadata document, which clients read before they have credentials,
/// from pages of any origin.
fn open_to_all() -> Settings {
    let mut settings = Settings::default();
    settings.allow_anonymous();
    settings.cors(|cors| cors.allow_any_origin());
    settings
}
