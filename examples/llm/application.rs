//! The host: the model, the keys, and the format of errors.

use hyperpoint::Identity;
use hyperpoint::openapi::{Describe, ServeOpenApi};
use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;

use crate::model::Model;
use crate::openai;

/// The key of the README. A real server looks keys up in a store: `ApiKeys::look_up`.
pub const DEMO_KEY: &str = "sk-demo-0123456789abcdef";

/// Adds the model and the scheme of the API to this host: `Host::new()`, which finds all endpoints, or
/// one with endpoints of your choice. `keys` adds keys.
pub fn application(
    host: Host,
    model: Arc<dyn Model>,
    keys: impl FnOnce(ApiKeys) -> ApiKeys,
) -> Host {
    // OpenAI's clients send the key as a bearer token, Anthropic's in `x-api-key`.
    let scheme = ApiKeys::new().bearer();
    host.service::<dyn Model>(model)
        .authentication(keys(scheme).key(DEMO_KEY, Identity::user("demo")))
        // For a path that no endpoint has, too.
        .error_format(openai::error_body)
        .defaults(|all| all.errors::<openai::ErrorDocument>("application/json"))
        .openapi(|api| {
            api.title("echo-1");
            api.version("1.0.0");
            api.description(
                "The API of a language model, in the formats of OpenAI, Anthropic and the AI SDK.",
            );
            api.without_forms();
            api.page("/streams");
            api.allow_anonymous();
        })
}
