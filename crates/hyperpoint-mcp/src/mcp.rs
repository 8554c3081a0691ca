//! Options of a host's MCP server.

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

/// The options of a host's MCP server. The methods of [`Settings`] apply to the requests of MCP
/// clients. `allow_anonymous()`, `authenticated()` or a requirement sets who may access the server.
/// A call must also meet the requirements of the tool's endpoint.
///
/// The host and the origin of each request are checked, as the protocol requires. If
/// `allowed_hosts` is set neither here nor for the whole host, only the hosts of the local machine
/// are accepted. `allowed_origins` has the same default; a request without an origin is accepted.
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
    /// Sets the path of the server. Default: `/mcp`.
    pub fn path(&mut self, path: &str) {
        path.clone_into(&mut self.path);
    }

    /// Sets the name of the server, for programs. Default: `hyperpoint`.
    pub fn name(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// Sets the display name of the server. Default: unset.
    pub fn title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// Sets the version of the server, as clients receive it. Default: `0.0.0`.
    /// [`Settings::version`], the version of a route, does not apply.
    pub fn version(&mut self, version: &str) {
        version.clone_into(&mut self.version);
    }

    /// Sets instructions for models about the tools as a whole, such as the order in which to call
    /// them. Default: the instructions of the handler, or unset if it has none.
    pub fn instructions(&mut self, text: &str) {
        self.instructions = Some(text.to_owned());
    }

    /// Sets how long a client may cache the list of tools and the result of `server/discover`
    /// (2026-07-28). Default: one minute.
    pub fn list_ttl(&mut self, time: Duration) {
        self.list_ttl = time;
    }

    /// Sets the URL of the MCP server, as clients write it, and the authorization servers that
    /// issue tokens for it. The host then serves the metadata of this resource (RFC 9728) without
    /// authentication, at `/.well-known/oauth-protected-resource` followed by the path of the URL.
    /// Each 401 of the MCP server, and each 403 for missing scopes, names the metadata. A scheme of
    /// the host, such as `schemes::Jwt`, checks the tokens. An invalid URL or an empty list of
    /// servers is a configuration error. Default: no metadata.
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

    /// Sets the handler of messages that are not about endpoints or topics: a `ServerHandler` of
    /// the crate `rmcp`, with its own prompts, resources, completions and tools. Requires the
    /// feature `handler`. The capabilities of the handler are merged with those of the endpoints
    /// and topics. If an endpoint and the handler have a tool of the same name, the endpoint's tool
    /// is used.
    ///
    /// The extensions of the handler's request context contain the
    /// [`Identity`](hyperpoint_core::Identity) of the caller, the [`Peer`](hyperpoint_core::Peer)
    /// if it is known, and the `http::request::Parts` of the request. The access rules of the
    /// server apply to the handler: every client that may access the server may use it, unless the
    /// handler checks the identity itself.
    ///
    /// The handler may ask the client (sampling, elicitation, roots). In revisions before
    /// 2026-07-28, it asks through the `peer` of its context, and the client's answer must reach
    /// the node that runs the call. In 2026-07-28, it returns a result `input_required`, whose
    /// state is [signed](Self::request_state_keys).
    ///
    /// # Cancel safety
    ///
    /// If the client closes the response or cancels the request, the cancellation token of the
    /// handler is cancelled, and the future of the handler is dropped.
    #[cfg(feature = "handler")]
    pub fn handler<H: rmcp::ServerHandler>(&mut self, handler: H) {
        self.handler = Some(Arc::new(crate::rmcp_handler::RmcpHandler(Arc::new(handler))));
    }

    /// Sets the maximum number of the host's tools or topics on one page of a list. A client
    /// requests the next page with the cursor of the previous one. The entries of the handler
    /// follow, in pages of the handler's size. 0 is a configuration error. Default: 100.
    pub fn page_size(&mut self, entries: usize) {
        self.page_size = entries;
    }

    /// Offers a topic as a resource. The contents of the resource are the newest events, oldest
    /// first, as a JSON array of objects with `id`, `event` (the name) and `data`. Clients are
    /// notified of events that any node publishes: on `subscriptions/listen` (2026-07-28), or after
    /// `resources/subscribe` in a session (earlier revisions). `describe` sets the options of the
    /// resource, such as its description and who may read the topic.
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

    /// Sets the maximum number of sessions of one user. Anonymous clients are counted by their IP
    /// address, IPv6 by its /64 prefix. Only clients of revisions before 2026-07-28 get sessions,
    /// and only if the server has topics. At the limit, a new session ends that session of the user
    /// which has no stream and has been unused for the longest time. If all sessions of the user
    /// have streams, the client gets no session and can use everything except subscriptions. 0
    /// disables sessions. Default: 100.
    pub fn sessions_per_caller(&mut self, sessions: usize) {
        self.sessions.per_caller = sessions;
    }

    /// Sets the maximum number of sessions of the host. At the limit, a new client gets no session
    /// and can use everything except subscriptions. 0 disables sessions. Default: 10,000.
    pub fn sessions_per_host(&mut self, sessions: usize) {
        self.sessions.per_host = sessions;
    }

    /// Sets the time after which a session without a request and without an open stream expires.
    /// The client of an expired session receives a 404 and must initialize again. Default: 30
    /// minutes.
    pub fn session_idle(&mut self, time: Duration) {
        self.sessions.idle = time;
    }

    /// Sets the keys that sign `requestState`, the state that a handler sends to a client with a
    /// question (2026-07-28). A state is valid only for the same user, method, arguments, and tool,
    /// prompt or resource, and only for a [limited time](Self::request_state_ttl). A request with
    /// an invalid state is refused and does not reach the handler. The state is not encrypted.
    /// Default: random keys of the process. Set keys if several nodes serve the application.
    pub fn request_state_keys(&mut self, keys: SigningKeys) {
        self.state_seal.keys = Arc::new(keys);
    }

    /// Sets the time within which a client may answer a question of a handler (2026-07-28).
    /// Default: 15 minutes.
    pub fn request_state_ttl(&mut self, time: Duration) {
        self.state_seal.valid_for = time;
    }

    /// Sets the scopes that clients should request first. The scopes are in the metadata of the
    /// [protected resource](Self::protected_resource) and in each `Bearer` challenge of the MCP
    /// server that names no scope. An invalid scope, or a call without a protected resource, is a
    /// configuration error. Default: no scopes.
    pub fn scopes_supported<'s>(&mut self, scopes: impl IntoIterator<Item = &'s str>) {
        let resource = self.resource.get_or_insert_default();
        resource.scopes = scopes.into_iter().map(str::to_owned).collect();
    }
}

impl Mcp {
    /// Returns whether clients of revisions before 2026-07-28 get sessions.
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
