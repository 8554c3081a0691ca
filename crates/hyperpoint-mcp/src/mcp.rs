//! What a host says of its MCP server.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use hyperpoint_auth::SigningKeys;
use hyperpoint_core::Settings;
use hyperpoint_topics::TopicName;

use crate::handwritten::Handwritten;
use crate::protected_resource::ProtectedResource;
use crate::request_state::StateSeal;
use crate::sessions::SessionLimits;
use crate::topic_resource::TopicResource;

/// The options of a host's MCP server. The methods of [`Settings`] apply to the requests of its clients. Set who may
/// speak to it with `allow_anonymous()`, `authenticated()` or a requirement; what each tool asks for comes on top.
///
/// Hosts and origins are checked, as the protocol asks for: without `allowed_hosts` and `allowed_origins`, here or
/// for the whole host, only those of the local machine are served.
///
/// # Examples
///
/// ```
/// use hyperpoint::Host;
/// use hyperpoint_mcp::ServeMcp;
///
/// let host = Host::new().mcp(|mcp| {
///     mcp.name("orders");
///     mcp.version("1.4.0");
///     mcp.instructions("Find an order before you change it.");
///     mcp.allowed_hosts(["api.example.com"]);
///     mcp.authenticated();
/// });
/// # drop(host);
/// ```
#[derive(Clone, Debug)]
pub struct Mcp {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) version: String,
    pub(crate) instructions: Option<String>,
    pub(crate) list_ttl: Duration,
    pub(crate) resource: Option<ProtectedResource>,
    pub(crate) handler: Option<Arc<dyn Handwritten>>,
    pub(crate) state_seal: StateSeal,
    pub(crate) topics: Vec<TopicResource>,
    pub(crate) page_size: usize,
    pub(crate) sessions: SessionLimits,
    pub(crate) settings: Settings,
}

impl Mcp {
    /// Sets the path. Default: `/mcp`.
    pub fn path(&mut self, path: &str) {
        path.clone_into(&mut self.path);
    }

    /// Sets the name of the server, for programs. Default: `hyperpoint`.
    pub fn name(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// Sets the name of the server for people. Default: none.
    pub fn title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// Sets the version of the server, as text. Default: `0.0.0`. [`Settings::version`] has another meaning and does
    /// not apply.
    pub fn version(&mut self, version: &str) {
        version.clone_into(&mut self.version);
    }

    /// Sets what models should know of the tools together, such as in which order they are used. Default: none.
    pub fn instructions(&mut self, text: &str) {
        self.instructions = Some(text.to_owned());
    }

    /// Sets how long a client may keep the list of tools (2026-07-28). Default: one minute.
    pub fn list_ttl(&mut self, time: Duration) {
        self.list_ttl = time;
    }

    /// States that clients get their tokens from these authorization servers, for the resource with this URL: that of
    /// the MCP server, as clients write it. The host then serves the metadata of the resource (RFC 9728) at
    /// `/.well-known/oauth-protected-resource` and the path of the URL, without authentication, and names it in each 401. Checking
    /// the tokens is up to a scheme of the host, such as `schemes::Jwt`. Default: no metadata.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    /// use hyperpoint_mcp::ServeMcp;
    ///
    /// let host = Host::new().mcp(|mcp| {
    ///     let issuers = ["https://login.example.com"];
    ///     mcp.protected_resource("https://api.example.com/mcp", issuers);
    ///     mcp.scopes_supported(["orders:read"]);
    ///     mcp.allowed_hosts(["api.example.com"]);
    ///     mcp.authenticated();
    /// });
    /// # drop(host);
    /// ```
    pub fn protected_resource<'i>(
        &mut self,
        url: &str,
        authorization_servers: impl IntoIterator<Item = &'i str>,
    ) {
        let resource = self.resource.get_or_insert_default();
        url.clone_into(&mut resource.url);
        resource.issuers = authorization_servers.into_iter().map(str::to_owned).collect();
    }

    /// Sets what answers the messages that are not about endpoints: a `ServerHandler` of the crate `rmcp`, with prompts,
    /// resources, completions and tools of its own. Needs the feature `handler`. Its capabilities join those of the
    /// endpoints; a tool of an endpoint comes before one of the handler with its name.
    ///
    /// The extensions of its request context have the [`Identity`](hyperpoint_core::Identity) of the caller, the
    /// [`Peer`](hyperpoint_core::Peer), and the `http::request::Parts` of the request. Access to it is that of the server:
    /// what it offers is offered to everybody who may speak to the server, unless it checks the identity itself.
    ///
    /// It may ask the client (sampling, elicitation, roots): before 2026-07-28 through the `peer` of its context, on the
    /// node that has the call; since then by a result `input_required`. The state that it puts into such a result is
    /// [sealed](Self::request_state_keys).
    ///
    /// # Cancel safety
    ///
    /// If the client closes the response, the handler's cancellation token is cancelled, and its future is dropped.
    #[cfg(feature = "handler")]
    pub fn handler<H: rmcp::ServerHandler>(&mut self, handler: H) {
        self.handler = Some(Arc::new(crate::rmcp_handler::RmcpHandler(Arc::new(handler))));
    }

    /// Sets the maximum number of tools, and of topics, on one page of a list. A client gets the next page with the cursor
    /// of the last one. Default: 100.
    pub fn page_size(&mut self, entries: usize) {
        self.page_size = entries;
    }

    /// Offers a topic as a resource. Reading it gives its newest events as a JSON array, with id, name and data. Clients
    /// are notified of changes from any node of the backplane: on `subscriptions/listen` (2026-07-28), or after
    /// `resources/subscribe` in a session (before it). `describe` sets who may read it, and its description.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, TopicName};
    /// use hyperpoint_mcp::ServeMcp;
    ///
    /// const PRICES: TopicName<f64> = TopicName::new("prices");
    ///
    /// let host = Host::new().mcp(|mcp| {
    ///     mcp.topic(PRICES, |topic| topic.allow_anonymous());
    ///     mcp.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    pub fn topic<T: 'static>(
        &mut self,
        name: TopicName<T>,
        describe: impl FnOnce(&mut TopicResource),
    ) {
        let mut resource = TopicResource::new(name);
        describe(&mut resource);
        self.topics.push(resource);
    }

    /// Sets the maximum number of sessions of a user; anonymous clients are counted by their address, IPv6 by its /64. A
    /// client before 2026-07-28 gets a session if the server has topics. At the limit, the session that was unused for
    /// the longest time and has no stream ends. If all have streams, the client gets no session, and everything except
    /// subscriptions. 0 disables sessions. Default: 100.
    pub fn sessions_per_caller(&mut self, sessions: usize) {
        self.sessions.per_caller = sessions;
    }

    /// Sets the maximum number of sessions of the host. Above it, a client gets no session, and everything except
    /// subscriptions. 0 disables sessions. Default: 10,000.
    pub fn sessions_per_host(&mut self, sessions: usize) {
        self.sessions.per_host = sessions;
    }

    /// Sets the time after which a session without a request and without an open stream expires. Its client gets a 404,
    /// and initializes again. Default: 30 minutes.
    pub fn session_idle(&mut self, time: Duration) {
        self.sessions.idle = time;
    }

    /// Sets the keys that sign the state which a handler gives to a client with a question, `requestState`. The state is
    /// bound to the caller, to the tool and to its arguments, and expires; one that was changed does not reach the handler. It is not
    /// encrypted. Default: random keys of the process. Set keys if several nodes answer.
    pub fn request_state_keys(&mut self, keys: SigningKeys) {
        self.state_seal.keys = Arc::new(keys);
    }

    /// Sets for how long a client may answer a question of a handler. Default: 15 minutes.
    pub fn request_state_ttl(&mut self, time: Duration) {
        self.state_seal.valid_for = time;
    }

    /// States the scopes that clients ask for first, in the metadata of the
    /// [protected resource](Self::protected_resource) and in each 401. Default: none.
    pub fn scopes_supported<'s>(&mut self, scopes: impl IntoIterator<Item = &'s str>) {
        let resource = self.resource.get_or_insert_default();
        resource.scopes = scopes.into_iter().map(str::to_owned).collect();
    }
}

impl Mcp {
    /// Returns whether clients before 2026-07-28 get sessions.
    pub(crate) fn has_sessions(&self) -> bool {
        let SessionLimits { per_caller, per_host, .. } = self.sessions;
        !self.topics.is_empty() && per_caller > 0 && per_host > 0
    }
}

impl Default for Mcp {
    fn default() -> Self {
        Self {
            path: "/mcp".to_owned(),
            name: "hyperpoint".to_owned(),
            title: None,
            version: "0.0.0".to_owned(),
            instructions: None,
            list_ttl: Duration::from_mins(1),
            resource: None,
            handler: None,
            state_seal: StateSeal::default(),
            topics: Vec::new(),
            page_size: 100,
            sessions: SessionLimits::default(),
            settings: Settings::default(),
        }
    }
}

impl Deref for Mcp {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for Mcp {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}
