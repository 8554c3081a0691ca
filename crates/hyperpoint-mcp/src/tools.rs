//! The tools of a host.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use hyperpoint_host::Contract;
use hyperpoint_openapi::described_calls;

use crate::tool::Tool;
use crate::tool_name::TakenNames;
use crate::words::ToolWords;

const SEVERAL_ROUTES: &str = "is a tool, but has several routes; give the tool an endpoint with one method and one \
                              route";

const NO_DATA: &str = "is a tool, but handles only HEAD and OPTIONS, whose responses have no data; add a route with \
                       another method";

/// The tools of a host, in the order in which their endpoints are declared.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    list: Vec<Arc<Tool>>,
    by_name: BTreeMap<String, usize>,
}

impl Tools {
    /// Collects the tools of a host. Returns them with their configuration errors.
    pub(crate) fn new(contract: &Contract) -> (Self, Vec<String>) {
        let (mut tools, mut errors) = (Self::default(), Vec::new());
        let (mut taken, mut places) = (TakenNames::default(), BTreeMap::new());
        for call in described_calls(contract, |config| ToolWords::of(config).is_some()) {
            let words = ToolWords::of(&call.endpoint.config).cloned().unwrap_or_default();
            let place = call.place.clone();
            let routes: &mut usize = places.entry(place.clone()).or_default();
            // Routes for HEAD and OPTIONS are not tools: their responses have no data.
            if [Method::HEAD, Method::OPTIONS].contains(&call.method) {
                continue;
            }
            *routes += 1;
            match *routes {
                1 => {}
                2 => {
                    errors.push(format!("{place}: {SEVERAL_ROUTES}"));
                    continue;
                }
                _ => continue,
            }
            let (tool, faults) = Tool::new(call, &words, contract);
            errors.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
            if let Some(other) = taken.take(&tool.name, &place) {
                errors.push(format!(
                    "{place}: the tool name `{}` is taken by {other}; choose another with \
                     `config.tool().name(\"…\")`",
                    tool.name
                ));
            }
            tools.by_name.insert(tool.name.clone(), tools.list.len());
            tools.list.push(Arc::new(tool));
        }
        let without = places.iter().filter(|(_, routes)| **routes == 0);
        errors.extend(without.map(|(place, _)| format!("{place}: {NO_DATA}")));
        (tools, errors)
    }

    pub(crate) fn list(&self) -> &[Arc<Tool>] {
        &self.list
    }

    /// Returns the tool with exactly this name, or `None` if there is no such tool.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Tool>> {
        self.list.get(*self.by_name.get(name)?)
    }
}
