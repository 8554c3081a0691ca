//! Questions to the client in results, since 2026-07-28. A call without an answer returns the
//! question, and the client repeats the call with the answer.

use hyperpoint_mcp::rmcp::ErrorData;
use hyperpoint_mcp::rmcp::model::{CallToolResponse, InputRequiredResult, InputResponses};
use serde_json::{Value, json};

use super::json::{of, text};

/// The answers and the state of one round of a call.
#[derive(Clone, Debug)]
pub(super) struct Round<'a> {
    pub(super) answers: &'a InputResponses,
    /// The state that the server sent in the previous round. Only unmodified state arrives here.
    pub(super) state: Option<&'a str>,
    /// The capabilities of the client.
    pub(super) capabilities: Value,
}

impl Round<'_> {
    /// Returns the value at a JSON pointer in the answer to a question, or `None` if it is absent.
    fn answer(&self, question: &str, pointer: &str) -> Option<String> {
        let answer = self.answers.get(question)?.pointer(pointer)?;
        Some(answer.as_str().map_or_else(|| answer.to_string(), str::to_owned))
    }
}

/// Calls a tool that asks the client, or returns `None` for any other tool.
pub(super) fn call(tool: &str, round: &Round<'_>) -> Option<Result<CallToolResponse, ErrorData>> {
    Some(match tool.strip_prefix("test_input_required_result_")? {
        "elicitation" => one("user_name", &name(), round.answer("user_name", "/content/name")),
        "sampling" => {
            let question = sampling("What is the capital of France?");
            one("capital_question", &question, round.answer("capital_question", "/content/text"))
        }
        "list_roots" => one("client_roots", &roots(), round.answer("client_roots", "/roots")),
        "request_state" | "tampered_state" => match round.state {
            Some(_) if round.answers.contains_key("confirm") => text("state-ok"),
            _ => {
                let asked = elicitation("Please confirm", "ok", "boolean");
                ask(&json!({ "inputRequests": { "confirm": asked }, "requestState": "confirm" }))
            }
        },
        "multiple_inputs" => several(round),
        "multi_round" => in_turn(round),
        "capabilities" => of_capabilities(round),
        _ => return None,
    })
}

/// Asks one question, unless it is answered.
fn one(key: &str, asked: &Value, answer: Option<String>) -> Result<CallToolResponse, ErrorData> {
    match answer {
        Some(answer) => text(&format!("Hello, {answer}!")),
        None => ask(&json!({ "inputRequests": { key: asked } })),
    }
}

/// Returns an `input_required` result with these members.
fn ask(asked: &Value) -> Result<CallToolResponse, ErrorData> {
    result(asked).map(CallToolResponse::from)
}

fn result(asked: &Value) -> Result<InputRequiredResult, ErrorData> {
    let mut result = json!({ "resultType": "input_required" });
    if let (Some(result), Some(asked)) = (result.as_object_mut(), asked.as_object()) {
        result.extend(asked.clone());
    }
    of(result)
}

fn several(round: &Round<'_>) -> Result<CallToolResponse, ErrorData> {
    let keys = ["user_name", "greeting", "client_roots"];
    if keys.iter().all(|key| round.answers.contains_key(*key)) {
        return text("everything is answered");
    }
    let requests = json!({
        "user_name": name(), "greeting": sampling("Generate a greeting"), "client_roots": roots(),
    });
    ask(&json!({ "inputRequests": requests, "requestState": "several" }))
}

fn in_turn(round: &Round<'_>) -> Result<CallToolResponse, ErrorData> {
    let step = |key: &str, asked: Value, state: &str| {
        ask(&json!({ "inputRequests": { key: asked }, "requestState": state }))
    };
    let color = elicitation("Step 2: What is your favorite color?", "color", "string");
    match round.state {
        Some("second") if round.answers.contains_key("step2") => text("both steps are done"),
        Some("first") if round.answers.contains_key("step1") => step("step2", color, "second"),
        Some("second") => step("step2", color, "second"),
        _ => step("step1", elicitation("Step 1: What is your name?", "name", "string"), "first"),
    }
}

/// Asks only the questions that the client's capabilities allow.
fn of_capabilities(round: &Round<'_>) -> Result<CallToolResponse, ErrorData> {
    let all = [("elicitation", name()), ("sampling", sampling("Hello")), ("roots", roots())];
    let able = all.into_iter().filter(|(name, _)| round.capabilities.get(name).is_some());
    let able: serde_json::Map<String, Value> =
        able.map(|(name, request)| (name.to_owned(), request)).collect();
    if able.is_empty() || able.keys().all(|key| round.answers.contains_key(key)) {
        return text("nothing to ask");
    }
    ask(&json!({ "inputRequests": able }))
}

/// Returns the `input_required` result of the prompt that asks the client.
pub(super) fn context() -> Result<InputRequiredResult, ErrorData> {
    let asked = elicitation("What context should the prompt use?", "context", "string");
    result(&json!({ "inputRequests": { "user_context": asked } }))
}

fn name() -> Value {
    elicitation("What is your name?", "name", "string")
}

fn elicitation(message: &str, field: &str, kind: &str) -> Value {
    let schema = json!({
        "type": "object", "properties": { field: { "type": kind } }, "required": [field],
    });
    let params = json!({ "mode": "form", "message": message, "requestedSchema": schema });
    json!({ "method": "elicitation/create", "params": params })
}

fn sampling(prompt: &str) -> Value {
    let messages = json!([{ "role": "user", "content": { "type": "text", "text": prompt } }]);
    json!({ "method": "sampling/createMessage", "params": { "messages": messages, "maxTokens": 100 } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}
