//! `POST /v1/responses`: an answer as a whole, or as named events.

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{JsonOrEvents, PublicProblem};
use serde_json::json;

use super::group::OpenAi;
use super::response_format::ResponseEvent::{
    self, Completed, Created, InProgress, Incomplete, ItemAdded, ItemDone, PartAdded, PartDone,
    TextDelta, TextDone,
};
use super::response_format::{
    OutputMessage, OutputText, ResponseObject, ResponseRequest, TextPosition,
};
use crate::model::{Ending, Generation, Model};

const ERROR: EventName = EventName::from_static("error");

/// Responds to an input.
#[derive(Endpoint)]
pub struct Responses {
    model: Arc<dyn Model>,
}

impl Endpoint for Responses {
    type Request = ResponseRequest;
    type Response = JsonOrEvents<ResponseObject, ResponseEvent>;

    fn configure(config: &mut Config) {
        config.group::<OpenAi>();
        config.post("/responses");
        config.refuses([404]);
    }

    async fn handle(&self, request: ResponseRequest, cx: Cx<'_, Self>) -> Result {
        let generation = Generation::start(&*self.model, &request.prompt())?;
        if request.stream.unwrap_or(false) {
            return cx.send.events_async(events(generation)).on_error_item(error_event).await;
        }
        let started = ResponseObject::started(&request.model);
        let answer = generation.all().await?;
        let message = OutputMessage::started().ended(answer.text);
        cx.send.ok_async(started.ended(message, answer.ending, answer.usage)).await
    }
}

/// The last event of a response that failed.
fn error_event(problem: &PublicProblem<'_>) -> StreamItem {
    let message = problem.detail().unwrap_or(problem.title());
    let error =
        json!({ "type": "error", "code": "server_error", "message": message, "param": null });
    StreamItem::text(error.to_string()).named(ERROR)
}

fn events(mut generation: Generation) -> impl Stream<Item = Result<ResponseEvent>> {
    let mut numbers = 0_u32..;
    let mut number = move || numbers.next().unwrap_or(u32::MAX);
    try_stream! {
        let response = ResponseObject::started(generation.model());
        let message = OutputMessage::started();
        let at = TextPosition::of(&message);
        let part = OutputText::new(String::new());
        yield Created { sequence_number: number(), response: response.clone() };
        yield InProgress { sequence_number: number(), response: response.clone() };
        yield ItemAdded { sequence_number: number(), output_index: 0, item: message.clone() };
        yield PartAdded { sequence_number: number(), at: at.clone(), part };

        let mut text = String::new();
        while let Some(delta) = generation.next().await? {
            text.push_str(&delta);
            let (sequence_number, at) = (number(), at.clone());
            yield TextDelta { sequence_number, at, delta, logprobs: Vec::new() };
        }

        let (sequence_number, logprobs) = (number(), Vec::new());
        yield TextDone { sequence_number, at: at.clone(), text: text.clone(), logprobs };
        yield PartDone { sequence_number: number(), at, part: OutputText::new(text.clone()) };
        let message = message.ended(text);
        yield ItemDone { sequence_number: number(), output_index: 0, item: message.clone() };
        let response = response.ended(message, generation.ending(), generation.usage());
        let sequence_number = number();
        yield match generation.ending() {
            Ending::Complete => Completed { sequence_number, response },
            Ending::Length => Incomplete { sequence_number, response },
        };
    }
}
