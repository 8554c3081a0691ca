//! The responses that a handler sends: their statuses, content and headers.

use http::StatusCode;
use hyperpoint_core::answer::PossibleAnswer;
use hyperpoint_core::endpoint::{Registration, Streams};
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::events::Stream;
use crate::refusals::reason;
use crate::rewriting::set;
use crate::words::{StatedContent, Words};

/// A status that the handler sends, with its content and headers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) description: String,
    /// The content by media type, without the event stream.
    pub(crate) content: Map<String, Value>,
    pub(crate) headers: Map<String, Value>,
    /// Whether the response may be the event stream.
    pub(crate) streams: bool,
}

impl Answer {
    fn empty(status: u16) -> Self {
        let (content, headers) = (Map::new(), Map::new());
        Self { status, description: reason(status), content, headers, streams: false }
    }

    fn json(status: u16, schema: &Value, components: &Components) -> Self {
        let description =
            components.description_of_answer(schema).unwrap_or_else(|| reason(status));
        let content =
            Map::from_iter([("application/json".to_owned(), json!({ "schema": schema }))]);
        Self { description, content, ..Self::empty(status) }
    }

    /// Returns the response as a Response Object of OpenAPI.
    pub(crate) fn response(
        &self,
        stream: Option<&Stream>,
        dialect: crate::dialect::Dialect,
    ) -> Value {
        let mut response = json!({ "description": self.description });
        let mut content = self.content.clone();
        if let Some(stream) = stream.filter(|_| self.streams) {
            content.insert("text/event-stream".to_owned(), stream.content(dialect));
        }
        if !content.is_empty() {
            set(&mut response, "content", content);
        }
        if !self.headers.is_empty() {
            set(&mut response, "headers", self.headers.clone());
        }
        response
    }
}

/// Returns the responses that the handler of an operation sends, one for each status.
pub(crate) fn answers(
    registration: &Registration,
    words: &Words,
    has_links: bool,
    components: &mut Components,
) -> Vec<Answer> {
    let possible = (registration.contract().answers)();
    let mut found: Vec<Answer> = Vec::new();
    if words.answers.is_empty() {
        for one in &possible {
            add(&mut found, answer(one, one.status, components));
        }
    }
    for stated in &words.answers {
        let status = stated.status;
        let stated = match &stated.content {
            StatedContent::Response => of_response(&possible, status, components),
            StatedContent::Empty => Answer::empty(status),
            StatedContent::Media(media_type) => media(status, media_type),
            StatedContent::Schema(schema) => {
                let schema = schema(components.of_answers()).to_value();
                Answer::json(status, &schema, components)
            }
        };
        add(&mut found, stated);
    }
    if registration.streams != Streams::Never {
        add(&mut found, Answer { streams: true, ..Answer::empty(200) });
    }
    for answer in &mut found {
        answer.headers = headers(answer.status, words, has_links);
    }
    found.sort_by_key(|answer| answer.status);
    found
}

fn answer(possible: &PossibleAnswer, status: StatusCode, components: &mut Components) -> Answer {
    match possible.schema {
        None => Answer::empty(status.as_u16()),
        Some(schema) => {
            let schema = schema(components.of_answers()).to_value();
            Answer::json(status.as_u16(), &schema, components)
        }
    }
}

/// Returns a response with this status and the data of the response type: the data for this status
/// or, if the type lists no such status, the data for 200. Has no content if the type has no data.
fn of_response(possible: &[PossibleAnswer], status: u16, components: &mut Components) -> Answer {
    let own = possible.iter().find(|one| one.status.as_u16() == status);
    let first = own.or_else(|| possible.iter().find(|one| one.status == StatusCode::OK));
    let known = first.zip(StatusCode::from_u16(status).ok());
    known.map_or_else(|| Answer::empty(status), |(one, status)| answer(one, status, components))
}

fn media(status: u16, media_type: &str) -> Answer {
    let schema = match media_type.starts_with("text/") {
        true => json!({ "type": "string" }),
        false => json!({ "type": "string", "format": "binary" }),
    };
    let content = Map::from_iter([(media_type.to_owned(), json!({ "schema": schema }))]);
    Answer { content, ..Answer::empty(status) }
}

/// Adds a response. If the list has a response with the same status, merges their content. If both
/// have the same media type with different schemas, the schemas are combined as `anyOf`.
fn add(answers: &mut Vec<Answer>, answer: Answer) {
    match answers.iter_mut().find(|known| known.status == answer.status) {
        None => answers.push(answer),
        Some(known) => {
            known.streams |= answer.streams;
            if !answer.content.is_empty() && known.description != answer.description {
                known.description = reason(known.status);
            }
            for (media_type, added) in answer.content {
                match known.content.get_mut(&media_type) {
                    Some(content) => add_schema(content, added),
                    None => drop(known.content.insert(media_type, added)),
                }
            }
        }
    }
}

/// Merges the schema of `added` into the schema of `known`, as `anyOf` if they differ.
fn add_schema(known: &mut Value, mut added: Value) {
    let schema = |content: &mut Value| content.get_mut("schema").map(Value::take);
    let (Some(first), Some(second)) = (schema(known), schema(&mut added)) else { return };
    let mut alternatives = match first {
        Value::Object(mut object) if object.len() == 1 && object.contains_key("anyOf") => {
            object.remove("anyOf").and_then(|list| list.as_array().cloned()).unwrap_or_default()
        }
        first => vec![first],
    };
    if !alternatives.contains(&second) {
        alternatives.push(second);
    }
    let schema = match <[Value; 1]>::try_from(alternatives) {
        Ok([single]) => single,
        Err(several) => json!({ "anyOf": several }),
    };
    set(known, "schema", schema);
}

/// Returns the headers of the response with this status.
pub(crate) fn headers(status: u16, words: &Words, has_links: bool) -> Map<String, Value> {
    let header =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let stated = words.headers.iter().filter(|header| header.status == status);
    let mut headers = Map::new();
    // The first header with a name is set by the innermost level, which takes precedence.
    for stated in stated {
        headers.entry(stated.name.clone()).or_insert_with(|| header(&stated.description));
    }
    let location = match status {
        201 => Some("The URL of the created resource."),
        202 => Some("The URL of the status of the accepted request."),
        _ => None,
    };
    if let Some(text) = location.filter(|_| has_links) {
        headers.entry("Location").or_insert_with(|| header(text));
    }
    headers
}
