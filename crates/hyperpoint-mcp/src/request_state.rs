//! The state that a handler sends to a client with a question and receives back with the answers
//! (MCP 2026-07-28, Multi Round-Trip Requests).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyperpoint_auth::SigningKeys;
use serde_json::{Map, Value, json};

use crate::rpc::{INVALID_PARAMS, RpcError};

/// The name of the state, as a parameter of requests and as a member of results.
const REQUEST_STATE: &str = "requestState";

/// Signs states, each for one [`StatePurpose`] and a limited time.
#[derive(Clone)]
pub(crate) struct StateSeal {
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) valid_for: Duration,
}

/// The user, the method, the name of the tool or prompt (or the URI of the resource), and the
/// arguments for which a state is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatePurpose(String);

impl StatePurpose {
    pub(crate) fn new(user: Option<&str>, method: &str, params: &Map<String, Value>) -> Self {
        let about = params.get("name").or_else(|| params.get("uri"));
        // A client may omit empty arguments.
        let arguments = params.get("arguments").filter(|arguments| **arguments != json!({}));
        Self(json!(["mcp", user, method, about, arguments]).to_string())
    }
}

impl StateSeal {
    /// Seals the state of a result, if it has one.
    pub(crate) fn seal(&self, purpose: &StatePurpose, result: &mut Value) {
        let Some(state) = result.get_mut(REQUEST_STATE) else { return };
        let sealed = self.keys.seal(&purpose.0, state, self.valid_for);
        // Cannot fail: the state is a JSON value.
        *state = sealed.map(Value::from).unwrap_or_default();
    }

    /// Opens the state of a request, if it has one.
    ///
    /// # Errors
    ///
    /// The error if the state was modified, was sealed for another [`StatePurpose`], or has
    /// expired.
    pub(crate) fn open(
        &self,
        purpose: &StatePurpose,
        params: &mut Map<String, Value>,
    ) -> Result<(), RpcError> {
        let Some(state) = params.get_mut(REQUEST_STATE) else { return Ok(()) };
        let opened = state.as_str().and_then(|text| self.keys.unseal::<Value>(&purpose.0, text));
        *state = opened.ok_or_else(|| {
            let text = "Invalid params: `requestState` is not valid, or has expired";
            RpcError::new(INVALID_PARAMS, text)
        })?;
        Ok(())
    }
}

impl Default for StateSeal {
    fn default() -> Self {
        Self { keys: Arc::new(SigningKeys::random()), valid_for: Duration::from_mins(15) }
    }
}

impl fmt::Debug for StateSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateSeal").field("valid_for", &self.valid_for).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_opens_for_its_user_and_its_tool_alone_until_it_expires() {
        let seal = StateSeal::default();
        let params = |name: &str| Map::from_iter([("name".to_owned(), json!(name))]);
        let of = |user, name: &str| StatePurpose::new(user, "tools/call", &params(name));
        let mut result = json!({ "requestState": "step 2" });
        seal.seal(&of(Some("ann"), "ship"), &mut result);
        let opens = |seal: &StateSeal, purpose: &StatePurpose, state: &Value| {
            let mut params = Map::from_iter([("requestState".to_owned(), state.clone())]);
            let opened = seal.open(purpose, &mut params);
            opened.is_ok().then(|| params["requestState"].clone())
        };
        let state = &result["requestState"];
        assert_eq!(opens(&seal, &of(Some("ann"), "ship"), state), Some(json!("step 2")));
        assert_eq!(opens(&seal, &of(Some("bob"), "ship"), state), None);
        assert_eq!(opens(&seal, &of(None, "ship"), state), None);
        assert_eq!(opens(&seal, &of(Some("ann"), "cancel"), state), None);
        assert_eq!(opens(&seal, &of(Some("ann"), "ship"), &json!("step 2")), None);
        assert_eq!(opens(&StateSeal::default(), &of(Some("ann"), "ship"), state), None);
        let of_arguments = |arguments: Value| {
            let params = [("name".to_owned(), json!("ship")), ("arguments".to_owned(), arguments)];
            StatePurpose::new(Some("ann"), "tools/call", &Map::from_iter(params))
        };
        let mut seven = json!({ "requestState": "step 2" });
        seal.seal(&of_arguments(json!({ "id": 7 })), &mut seven);
        assert!(opens(&seal, &of_arguments(json!({ "id": 7 })), &seven["requestState"]).is_some());
        assert_eq!(opens(&seal, &of_arguments(json!({ "id": 8 })), &seven["requestState"]), None);
        let mut none = json!({ "requestState": "step 2" });
        seal.seal(&of_arguments(json!({})), &mut none);
        assert!(opens(&seal, &of(Some("ann"), "ship"), &none["requestState"]).is_some());
        let over = StateSeal { valid_for: Duration::ZERO, ..seal.clone() };
        let mut late = json!({ "requestState": "step 2" });
        over.seal(&of(Some("ann"), "ship"), &mut late);
        assert_eq!(opens(&seal, &of(Some("ann"), "ship"), &late["requestState"]), None);
        assert!(seal.open(&of(None, "ship"), &mut Map::new()).is_ok());
    }
}
