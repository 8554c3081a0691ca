//! The server: what it is called, what it offers, and its results.

use std::fmt;
use std::sync::{Arc, OnceLock};

use hyperpoint_core::Problem;
use hyperpoint_core::config::{AllowedNames, LOOPBACK_HOSTS, LOOPBACK_ORIGINS};
use hyperpoint_host::{Application, Contract, Gate, WeakApplication, admitted};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::cancellation::OpenCalls;
use crate::mcp::Mcp;
use crate::message::Request;
use crate::revision::{Revision, negotiated, supported};
use crate::tool::Tool;
use crate::tools::Tools;

/// The key under which results name the server, since 2026-07-28.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// The server of one host, once its contract is known.
pub(crate) struct Server {
    options: Mcp,
    info: Value,
    pub(crate) tools: Tools,
    /// The hosts and origins that requests may name.
    pub(crate) names: AllowedNames,
    pub(crate) open_calls: OpenCalls,
    /// Whether everybody sees the same list.
    is_public: bool,
    reach: OnceLock<Reach>,
}

/// The application, and who may call each of its tools.
struct Reach {
    application: WeakApplication,
    gates: Vec<Gate>,
}

impl Server {
    /// Creates the server of a host, and its configuration errors.
    pub(crate) fn new(options: Mcp, contract: &Contract) -> (Self, Vec<String>) {
        let (tools, mut errors) = Tools::new(contract);
        if tools.list().is_empty() && errors.is_empty() {
            errors.push(
                "the host's `mcp`: no endpoint is a tool; write `config.tool()` in the `configure` of \
                 one, or remove `mcp`"
                    .to_owned(),
            );
        }
        let of_resource = options.resource.iter().flat_map(|resource| resource.config_errors());
        errors.extend(of_resource.map(|error| format!("the host's `mcp`: {error}")));
        let mut info = json!({ "name": options.name, "version": options.version });
        if let (Some(title), Some(info)) = (&options.title, info.as_object_mut()) {
            info.insert("title".to_owned(), title.clone().into());
        }
        let is_open =
            |tool: &Arc<Tool>| tool.call.endpoint.config.access().is_anonymous(&tool.call.method);
        let is_public = tools.list().iter().all(is_open);
        let names = options.settings.allowed_names().within(&contract.allowed_names);
        let names = names.within(&loopback());
        let (open_calls, reach) = (OpenCalls::default(), OnceLock::new());
        (Self { options, info, tools, names, open_calls, is_public, reach }, errors)
    }

    /// Keeps the application, which is built once.
    pub(crate) fn attach(&self, application: &Application) {
        let gate =
            |tool: &Arc<Tool>| application.gate(&tool.call.endpoint.config, &tool.call.method);
        let gates = self.tools.list().iter().map(gate).collect();
        let _ = self.reach.set(Reach { application: application.downgrade(), gates });
    }

    /// Returns the application, unless it is gone.
    pub(crate) fn application(&self) -> Option<Application> {
        self.reach.get()?.application.upgrade()
    }

    /// Returns the result of `initialize`, for clients before 2026-07-28.
    pub(crate) fn initialized(&self, request: &Request) -> Value {
        let asked = request.text("protocolVersion");
        let mut result = self.offered();
        add(
            &mut result,
            [("protocolVersion", negotiated(asked).into()), ("serverInfo", self.info.clone())],
        );
        result
    }

    /// Returns the result of `server/discover`.
    pub(crate) fn discovered(&self) -> Value {
        let mut result = self.offered();
        add(&mut result, [("supportedVersions", supported().into())]);
        self.result(self.cached(result, true), Revision::Stateless)
    }

    fn offered(&self) -> Value {
        let mut result = json!({ "capabilities": { "tools": {} } });
        if let Some(text) = &self.options.instructions {
            add(&mut result, [("instructions", text.clone().into())]);
        }
        result
    }

    /// Returns the result of `tools/list`: the tools that the caller may call.
    ///
    /// # Errors
    ///
    /// A scheme that cannot check the caller's credentials.
    pub(crate) async fn listed(
        &self,
        caller: Caller<'_>,
        revision: Revision,
    ) -> Result<Value, Problem> {
        let gates = self.reach.get().map(|reach| reach.gates.as_slice()).unwrap_or_default();
        let admitted = admitted(gates, caller.request, caller.peer).await?;
        let tools = self.tools.list().iter().zip(admitted);
        let tools = tools.filter(|(_, is_admitted)| *is_admitted);
        let tools: Vec<_> = tools.map(|(tool, _)| tool.entry(revision)).collect();
        let result = json!({ "tools": tools });
        let result =
            if revision.is_stateless() { self.cached(result, self.is_public) } else { result };
        Ok(self.result(result, revision))
    }

    /// Returns a result with what every result of a revision has.
    pub(crate) fn result(&self, mut result: Value, revision: Revision) -> Value {
        if revision.is_stateless() {
            let meta = json!({ SERVER_INFO: self.info });
            add(&mut result, [("resultType", "complete".into()), ("_meta", meta)]);
        }
        result
    }

    /// Adds how long and for whom a list may be kept (MCP 2026-07-28, Caching).
    fn cached(&self, mut result: Value, is_public: bool) -> Value {
        let scope = if is_public { "public" } else { "private" };
        let ttl = u64::try_from(self.options.list_ttl.as_millis()).unwrap_or(u64::MAX);
        add(&mut result, [("ttlMs", ttl.into()), ("cacheScope", scope.into())]);
        result
    }
}

/// Adds members to a result.
fn add<const N: usize>(result: &mut Value, members: [(&str, Value); N]) {
    if let Some(result) = result.as_object_mut() {
        result.extend(members.map(|(name, value)| (name.to_owned(), value)));
    }
}

/// Returns the names that are allowed without a word of the user: those of the local machine, so that no page of
/// another site reaches a server on it.
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
