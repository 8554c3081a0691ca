//! The API as its clients use it, called by the types of its endpoints. The clients of OpenAI, Anthropic
//! and the AI SDK are in the tests of the workspace.
#![expect(clippy::unwrap_used, reason = "a failing call fails its test")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use example_llm::anthropic::Messages;
use example_llm::chat_page::{Chat, UiMessage, UiPart, UiRequest};
use example_llm::model::{Prompt, Role, Words};
use example_llm::openai::{ChatCompletions, ChatMessage, ChatRequest, FindModel, ListModels};
use example_llm::openai::{NamedModel, Responses};
use example_llm::{DEMO_KEY, Echo, Model, application};
use hyperpoint::http::header::AUTHORIZATION;
use hyperpoint::prelude::{Host, try_stream};
use hyperpoint_testing::TestApp;
use serde_json::{Value, json};

fn app(model: impl Model + 'static) -> TestApp {
    let host = application(Host::new(), Arc::new(model), |keys| keys);
    with_key(&TestApp::new(host).unwrap(), DEMO_KEY)
}

fn with_key(app: &TestApp, key: &str) -> TestApp {
    app.with(AUTHORIZATION, format!("Bearer {key}").parse().unwrap())
}

fn chat(text: &str, stream: bool) -> ChatRequest {
    let message = ChatMessage { role: Role::User, content: text.into() };
    ChatRequest {
        model: "echo-1".to_owned(),
        messages: vec![message],
        stream: Some(stream),
        stream_options: None,
        max_completion_tokens: None,
        max_tokens: None,
    }
}

/// Yields two words, counts while it runs, and then waits or fails.
#[derive(Clone, Default)]
struct Stuck {
    running: Arc<AtomicUsize>,
    fails: bool,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Model for Stuck {
    fn names(&self) -> &[&'static str] {
        &["echo-1"]
    }

    fn generate(&self, _: &Prompt) -> Words {
        self.running.fetch_add(1, Ordering::SeqCst);
        let (counted, fails) = (Counted(Arc::clone(&self.running)), self.fails);
        Box::pin(try_stream! {
            let _counted = counted;
            yield "two ".to_owned();
            yield "words".to_owned();
            if fails {
                Err(io::Error::other("row 7 of the table of weights"))?;
            }
            std::future::pending::<()>().await;
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_says_what_the_model_is_and_repeats_the_question() {
    let app = app(Echo::default());
    let whole = app.send::<ChatCompletions>(&chat("tea, please", false)).await.unwrap();
    let answer = &whole.choices.first().unwrap().message.content;
    assert!(answer.starts_with("I am echo-1"), "{answer}");
    assert!(answer.ends_with("You wrote: tea, please"), "{answer}");
    assert_eq!(whole.usage.prompt_tokens, 2);
    let models = app.send::<ListModels>(&()).await.unwrap();
    assert_eq!(models.data.first().unwrap().id, "echo-1");
}

#[tokio::test(start_paused = true)]
async fn a_streamed_answer_is_chunks_without_a_name_and_done_as_text() {
    let app = app(Echo::default());
    let mut chunks = app.events::<ChatCompletions>(&chat("tea", true)).await.unwrap();
    let (mut text, mut reasons) = (String::new(), Vec::new());
    loop {
        let event = chunks.next().await.unwrap();
        assert_eq!((event.name.as_str(), event.retry), ("message", None));
        if event.data == "[DONE]" {
            break;
        }
        let chunk: Value = serde_json::from_str(&event.data).unwrap();
        let choice = &chunk["choices"][0];
        text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        reasons.extend(choice["finish_reason"].as_str().map(str::to_owned));
    }
    assert!(text.ends_with("You wrote: tea"), "{text}");
    assert_eq!(reasons, ["stop"]);
    chunks.ended().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_at_its_maximum_of_tokens() {
    let app = app(Echo::default());
    let request = ChatRequest { max_tokens: Some(3), ..chat("tea", false) };
    let whole = app.send::<ChatCompletions>(&request).await.unwrap();
    let choice = whole.choices.first().unwrap();
    assert_eq!(
        (choice.message.content.as_str(), choice.finish_reason.as_str()),
        ("I am echo-1, ", "length")
    );
    let request = json!({ "model": "echo-1", "input": "tea", "max_output_tokens": 3 });
    let response = app.send_as::<Responses>(&request).await.unwrap();
    assert_eq!(response.status, "incomplete");
    let request = json!({
        "model": "echo-1", "max_tokens": 3, "messages": [{ "role": "user", "content": "tea" }],
    });
    let message = app.send_as::<Messages>(&request).await.unwrap();
    assert_eq!(message.stop_reason.as_deref(), Some("max_tokens"));
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_model() {
    let model = Stuck::default();
    let app = app(model.clone());
    let mut chunks = app.events::<ChatCompletions>(&chat("tea", true)).await.unwrap();
    chunks.next().await.unwrap();
    assert_eq!(model.running.load(Ordering::SeqCst), 1);
    chunks.disconnect();
    assert_eq!(model.running.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_private_cause_of_a_failure_is_in_no_stream() {
    let app = app(Stuck { fails: true, ..Stuck::default() });
    let message = UiMessage {
        role: Role::User,
        parts: vec![UiPart { kind: "text".to_owned(), text: Some("tea".to_owned()) }],
    };
    let mut parts = app.events::<Chat>(&UiRequest { messages: vec![message] }).await.unwrap();
    assert_eq!(parts.headers()["x-vercel-ai-ui-message-stream"], "v1");
    let mut last = String::new();
    let end = loop {
        match parts.next().await {
            Ok(event) => last = event.data,
            Err(end) => break end,
        }
    };
    assert_eq!(last, r#"{"type":"error","errorText":"Internal Server Error"}"#);
    // Nothing says that the answer is whole.
    assert!(end.is_cut(), "{end}");
}

#[tokio::test(start_paused = true)]
async fn a_message_of_an_unknown_role_is_refused() {
    let app = app(Echo::default());
    for (role, expected) in [("user", 200), ("system", 200), ("developer", 200), ("tool", 400)] {
        let messages = json!([{ "role": role, "content": "tea" }]);
        let chat = json!({ "model": "echo-1", "messages": messages });
        let response = json!({ "model": "echo-1", "input": messages });
        let message = json!({ "model": "echo-1", "max_tokens": 3, "messages": messages });
        let page = json!({ "messages": [{ "role": role, "parts": [] }] });
        let statuses = [
            app.send_as::<ChatCompletions>(&chat).answer().await.unwrap().status(),
            app.send_as::<Responses>(&response).answer().await.unwrap().status(),
            app.send_as::<Messages>(&message).answer().await.unwrap().status(),
            app.send_as::<Chat>(&page).answer().await.unwrap().status(),
        ];
        assert!(statuses.iter().all(|status| status.as_u16() == expected), "{role}: {statuses:?}");
    }
}

#[tokio::test]
async fn each_api_refuses_in_its_own_format() {
    let app = app(Echo::default());
    let stranger = with_key(&app, "sk-of-a-stranger-0001");
    let call = stranger.send::<ChatCompletions>(&chat("tea", true));
    let refused = call.refused_as::<Value>().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(refused["error"]["code"], "invalid_api_key");

    let request = json!({ "model": "gpt-17", "max_tokens": 3, "messages": [] });
    let refused = app.send_as::<Messages>(&request).refused_as::<Value>().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused["type"]), (400, &json!("error")));
    assert_eq!(refused["error"]["type"], "invalid_request_error");

    let unknown = NamedModel { model: "gpt-17".to_owned() };
    let refused = app.send::<FindModel>(&unknown).refused_as::<Value>().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused["error"]["message"]),
        (404, &json!("no such model"))
    );
    let request = json!({ "model": "gpt-17", "input": "tea" });
    let refused = app.send_as::<Responses>(&request).refused_as::<Value>().await.unwrap();
    assert_eq!(refused["error"]["code"], "model_not_found");

    // A whole answer is no refusal.
    let whole = app.send::<ListModels>(&()).refused_as::<Value>().await.unwrap_err();
    assert_eq!(whole.status().unwrap(), 200);
}
