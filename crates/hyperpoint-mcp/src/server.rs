//! The MCP server of a host: its name, capabilities, tool list and results.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http::Method;
use hyperpoint_core::config::{AllowedNames, LOOPBACK_HOSTS, LOOPBACK_ORIGINS};
use hyperpoint_core::{GroupConfig, Problem};
use hyperpoint_host::{Application, Contract, Gate, WeakApplication, admitted};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::cancellation::OpenCalls;
use crate::handwritten::Handwritten;
use crate::mcp::Mcp;
use crate::pages::Page;
use crate::questions::Questions;
use crate::request::Request;
use crate::request_state::StateSeal;
use crate::resources::{GuardedTopic, config_errors};
use crate::revision::{Revision, negotiated, supported};
use crate::sessions::Sessions;
use crate::tool::Tool;
use crate::tools::Tools;

/// The key in `_meta` of results with the name and the version of the server, since MCP 2026-07-28.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// The MCP server of one host, created from its contract.
pub(crate) struct Server {
    options: Mcp,
    info: Value,
    /// The trailing members of a call's result since MCP 2026-07-28, as JSON with a leading comma.
    result_end: String,
    pub(crate) tools: Tools,
    /// The allowed hosts and origins of requests.
    pub(crate) names: AllowedNames,
    pub(crate) open_calls: OpenCalls,
    pub(crate) questions: Questions,
    /// The sessions of clients of revisions before 2026-07-28, or `None` if the server has no
    /// sessions.
    pub(crate) sessions: Option<Sessions>,
    /// Whether anonymous clients may access the server.
    is_open_to_all: bool,
    /// Whether all clients get the same tool list, so that its `cacheScope` is `public`.
    is_public: bool,
    /// The configuration defaults of the host, which apply to topics.
    defaults: GroupConfig,
    reach: OnceLock<Reach>,
}

/// The application, with the gates that decide who may call each tool and read each topic.
struct Reach {
    application: WeakApplication,
    gates: Vec<Gate>,
    topics: Vec<GuardedTopic>,
}

impl Server {
    /// Creates the server of a host, and returns it with its configuration errors.
    pub(crate) fn new(options: Mcp, contract: &Contract) -> (Self, Vec<String>) {
        let (tools, mut errors) = Tools::new(contract);
        let has_others = options.handler.is_some() || !options.topics.is_empty();
        if tools.list().is_empty() && !has_others && errors.is_empty() {
            errors.push(
                "the host's `mcp`: no endpoint is a tool; write `config.tool()` in the `configure` of \
                 one, or remove `mcp`"
                    .to_owned(),
            );
        }
        let of_topics = config_errors(&options.topics).into_iter();
        errors.extend(of_topics.map(|error| format!("the host's `mcp`: {error}")));
        if options.page_size == 0 {
            errors.push("the host's `mcp`: `page_size` is 0; use 1 or more".to_owned());
        }
        let of_resource = options.resource.iter().flat_map(|resource| resource.config_errors());
        errors.extend(of_resource.map(|error| format!("the host's `mcp`: {error}")));
        let mut info = json!({ "name": options.name, "version": options.version });
        if let (Some(title), Some(info)) = (&options.title, info.as_object_mut()) {
            info.insert("title".to_owned(), title.clone().into());
        }
        let result_end = format!(r#","resultType":"complete","_meta":{{"{SERVER_INFO}":{info}}}"#);
        let is_open =
            |tool: &Arc<Tool>| tool.call.endpoint.config.access().is_anonymous(&tool.call.method);
        let is_open_to_all = options.settings.access().is_anonymous(&Method::POST);
        let is_public =
            is_open_to_all && options.handler.is_none() && tools.list().iter().all(is_open);
        let names = options.settings.allowed_names().within(&contract.allowed_names);
        let names = names.within(&loopback());
        let (open_calls, questions) = (OpenCalls::default(), Questions::default());
        let sessions = options.has_sessions().then(|| Sessions::new(options.sessions));
        let (defaults, reach) = (contract.defaults.clone(), OnceLock::new());
        let server = Self {
            options,
            info,
            result_end,
            tools,
            names,
            open_calls,
            questions,
            sessions,
            is_open_to_all,
            is_public,
            defaults,
            reach,
        };
        (server, errors)
    }

    /// Attaches the application, and creates the gates of tools and topics. Later calls have no
    /// effect.
    pub(crate) fn attach(&self, application: &Application) {
        let gate =
            |tool: &Arc<Tool>| application.gate(&tool.call.endpoint.config, &tool.call.method);
        let gates = self.tools.list().iter().map(gate).collect();
        let topics = self.options.topics.iter();
        let topics = topics.map(|topic| GuardedTopic::new(topic, application, &self.defaults));
        let topics = topics.collect();
        let _ = self.reach.set(Reach { application: application.downgrade(), gates, topics });
    }

    /// Returns the application, or `None` if it is not attached yet or was dropped.
    pub(crate) fn application(&self) -> Option<Application> {
        self.reach.get()?.application.upgrade()
    }

    /// Returns the topics that are resources, or an empty slice before the application is attached.
    pub(crate) fn topics(&self) -> &[GuardedTopic] {
        self.reach.get().map(|reach| reach.topics.as_slice()).unwrap_or_default()
    }

    /// Returns the result of `initialize`, for clients of revisions before 2026-07-28. A client
    /// with a session can subscribe to topics.
    pub(crate) fn initialized(&self, request: &Request, has_session: bool) -> Value {
        let asked = request.text("protocolVersion");
        let mut result = self.offered(has_session);
        add(
            &mut result,
            [("protocolVersion", negotiated(asked).into()), ("serverInfo", self.info.clone())],
        );
        result
    }

    /// Returns the result of `server/discover`.
    pub(crate) fn discovered(&self) -> Value {
        let mut result = self.offered(true);
        add(&mut result, [("supportedVersions", supported().into())]);
        self.completed(self.cached(result, self.is_open_to_all), "", Revision::Stateless)
    }

    /// Returns the capabilities and the instructions of the endpoints, topics and handler together.
    /// Topics have the capability `subscribe` if `has_changes` is `true`.
    fn offered(&self, has_changes: bool) -> Value {
        let of_handler = self.handler().map(Handwritten::offered).unwrap_or_default();
        let mut capabilities = of_handler.get("capabilities").cloned().unwrap_or(json!({}));
        if let (Some(all), false) = (capabilities.as_object_mut(), self.tools.list().is_empty()) {
            all.entry("tools").or_insert(json!({}));
        }
        if let (Some(all), false) = (capabilities.as_object_mut(), self.topics().is_empty()) {
            let resources = all.entry("resources").or_insert(json!({}));
            if has_changes {
                add(resources, [("subscribe", true.into())]);
            }
        }
        let mut result = json!({ "capabilities": capabilities });
        let own = self.options.instructions.clone().map(Value::from);
        let of_handler = || of_handler.get("instructions").filter(|text| text.is_string()).cloned();
        if let Some(text) = own.or_else(of_handler) {
            add(&mut result, [("instructions", text)]);
        }
        result
    }

    /// Returns the handler that `Mcp::handler` sets, if there is one.
    pub(crate) fn handler(&self) -> Option<&dyn Handwritten> {
        self.options.handler.as_deref()
    }

    /// Returns the seal for the `requestState` of handlers.
    pub(crate) fn state_seal(&self) -> &StateSeal {
        &self.options.state_seal
    }

    /// Returns the maximum number of entries on a page of a list.
    pub(crate) fn page_size(&self) -> usize {
        self.options.page_size
    }

    /// Returns the page of `tools/list` that starts at the index `from`, with only the tools that
    /// the caller may call.
    ///
    /// # Errors
    ///
    /// The problem of a scheme that cannot check the caller's credentials.
    pub(crate) async fn listed(
        &self,
        caller: Caller<'_>,
        revision: Revision,
        from: usize,
    ) -> Result<Page<Value>, Problem> {
        let gates = self.reach.get().and_then(|reach| reach.gates.get(from..)).unwrap_or_default();
        let admitted = admitted(gates, caller.request, caller.peer).await?;
        let tools = self.tools.list().iter().enumerate().skip(from).zip(admitted);
        let visible = tools.filter(|(_, is_admitted)| *is_admitted);
        let visible = visible.map(|((index, tool), _)| (index, tool.entry(revision)));
        Ok(Page::new(visible, self.page_size()))
    }

    /// Returns the trailing members of a call's result, as JSON with a leading comma, or an empty
    /// string before MCP 2026-07-28.
    pub(crate) fn result_end(&self, revision: Revision) -> &str {
        if revision.is_stateless() { &self.result_end } else { "" }
    }

    /// Adds the members that MCP 2026-07-28 requires to a result, unless they are present:
    /// `resultType`, and, for lists and `resources/read`, how the result may be cached. Names the
    /// server in `_meta`. Returns the results of earlier revisions unchanged.
    pub(crate) fn completed(&self, mut result: Value, method: &str, revision: Revision) -> Value {
        if !revision.is_stateless() {
            return result;
        }
        let mut own = match method {
            "tools/list" => self.cached(json!({}), self.is_public),
            "resources/read" | "resources/list" | "resources/templates/list" | "prompts/list" => {
                json!({ "ttlMs": 0, "cacheScope": "private" })
            }
            _ => json!({}),
        };
        add(&mut own, [("resultType", "complete".into()), ("_meta", json!({}))]);
        if let (Value::Object(own), Some(result)) = (own, result.as_object_mut()) {
            let is_missing = |name: &String| result.get(name).is_none_or(Value::is_null);
            let missing: Vec<_> = own.into_iter().filter(|(name, _)| is_missing(name)).collect();
            result.extend(missing);
        }
        if let Some(Value::Object(meta)) = result.get_mut("_meta") {
            meta.insert(SERVER_INFO.to_owned(), self.info.clone());
        }
        result
    }

    /// Adds `ttlMs` and `cacheScope`: how long and for whom a client may cache the result (MCP
    /// 2026-07-28, Caching).
    fn cached(&self, mut result: Value, is_public: bool) -> Value {
        let scope = if is_public { "public" } else { "private" };
        let ttl = u64::try_from(self.options.list_ttl.as_millis()).unwrap_or(u64::MAX);
        add(&mut result, [("ttlMs", ttl.into()), ("cacheScope", scope.into())]);
        result
    }
}

/// Adds members to a result that is an object.
fn add<const N: usize>(result: &mut Value, members: [(&str, Value); N]) {
    if let Some(result) = result.as_object_mut() {
        result.extend(members.map(|(name, value)| (name.to_owned(), value)));
    }
}

/// Returns the hosts and origins that are allowed by default: those of the local machine, so that
/// pages of other sites cannot reach a local server.
fn loopback() -> AllowedNames {
    let mut names = AllowedNames::default();
    names.add_hosts(LOOPBACK_HOSTS);
    names.add_origins(LOOPBACK_ORIGINS);
    names
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("options", &self.options).finish_non_exhaustive()
    }
}
