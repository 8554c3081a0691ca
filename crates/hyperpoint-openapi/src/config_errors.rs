//! Configuration errors in the descriptions of operations: duplicate ids, settings that do not
//! apply, and invalid examples.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderName;
use hyperpoint_core::StreamKind;
use hyperpoint_sse::EventName;
use serde_json::Value;

use crate::components::Named;
use crate::conformity::misfit;
use crate::operation::Operation;
use crate::words::{Example, StatedAnswer, StatedContent, Words};

/// Returns the configuration errors in the descriptions of operations, one message each.
pub(crate) fn config_errors(
    operations: &[Operation],
    named: &Named,
    problem: &Value,
) -> Vec<String> {
    let mut errors = Vec::new();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for operation in operations {
        let Operation { place, words, .. } = operation;
        if let Some(id) = &words.operation_id {
            let first = ids.entry(id).or_insert(place);
            if *first != place {
                errors.push(format!(
                    "{place}: the operation id `{id}` is taken by {first}; choose another"
                ));
            }
        }
        let own = of_words(operation).into_iter().chain(of_examples(operation, named, problem));
        errors.extend(own.map(|text| format!("{place}: {text}")));
    }
    let mut seen = BTreeSet::new();
    errors.retain(|error| seen.insert(error.clone()));
    errors
}

/// Returns the errors in the description of one operation. Settings of a group or the host that do
/// not apply to the operation are ignored.
fn of_words(operation: &Operation) -> Vec<String> {
    let words = &operation.words;
    let mut errors = Vec::new();
    if words.operation_id.as_ref().is_some_and(String::is_empty) {
        errors.push("the operation id is empty; choose one such as `placeOrder`".to_owned());
    }
    errors.extend(of_statuses(operation));
    errors.extend(of_media_types(words));
    errors.extend(of_headers(operation));
    if words.media_types.iter().any(|taken| taken.is_own) && !operation.takes_unparsed {
        errors.push(
            "declares the media type of an unparsed body with `takes`, but the request type does not \
             take an unparsed body; remove `takes`, or use a request type such as `Raw<Bytes>`"
                .to_owned(),
        );
    }
    errors.extend(of_events(operation));
    errors
}

/// Returns the errors in the statuses of declared responses and refusals.
fn of_statuses(operation: &Operation) -> Vec<String> {
    let Words { answers, refusals, .. } = &operation.words;
    let answers = || answers.iter().map(|answer| answer.status);
    let invalid = answers().chain(refusals.iter().copied());
    let invalid = invalid.filter(|status| !(200..=599).contains(status));
    let invalid =
        invalid.map(|status| format!("`{status}` is not a valid response status; use 200 to 599"));
    // Responses with these statuses have no content (RFC 9110 §15.3.5, §15.3.6, §15.4.5).
    let has_data = |status: &u16| {
        let mut sent = operation.answers.iter().filter(|answer| answer.status == *status);
        matches!(status, 204 | 205 | 304) && sent.any(|answer| !answer.content.is_empty())
    };
    let with_data = answers().filter(has_data).map(|status| {
        format!(
            "a response with the status {status} has no body; declare the response with \
             `answers_empty({status})`"
        )
    });
    let successes = refusals.iter().filter(|status| (200..=299).contains(*status));
    let successes = successes.map(|status| {
        format!(
            "`{status}` is a success status, which `refuses` does not accept; declare the status with \
             `answers({status})`"
        )
    });
    invalid.chain(with_data).chain(successes).collect()
}

/// Returns the errors in the media types of responses, request bodies and refusals.
fn of_media_types(words: &Words) -> Vec<String> {
    let of_answer = |answer: &StatedAnswer| match &answer.content {
        StatedContent::Media(media_type) => Some(media_type.clone()),
        _ => None,
    };
    let of_answers = words.answers.iter().filter_map(of_answer);
    let of_bodies = words.media_types.iter().map(|taken| taken.media_type.clone());
    let of_refusals = words.errors.iter().map(|errors| errors.media_type.clone());
    let stated = of_answers.chain(of_bodies).chain(of_refusals);
    let invalid = stated.filter(|text| !is_media_type(text));
    invalid
        .map(|text| format!("`{text}` is not a media type; write one such as `application/pdf`"))
        .collect()
}

/// Returns whether a text is a type and a subtype, with or without parameters (RFC 9110 §8.3.1).
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    // A header name is also a token.
    let is_token = |text: &str| HeaderName::try_from(text).is_ok();
    essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// Returns the errors in the names and the statuses of headers.
fn of_headers(operation: &Operation) -> Vec<String> {
    let words = &operation.words;
    let names = words.headers.iter().map(|header| &header.name);
    let names = names.chain(words.taken_headers.iter().map(|header| &header.name));
    let invalid = names.filter(|name| HeaderName::try_from(name.as_str()).is_err());
    let invalid = invalid.map(|name| {
        format!("`{name}` is not the name of a header; use letters, digits and hyphens")
    });
    let stray =
        words.headers.iter().filter(|header| header.is_own && !operation.sends(header.status));
    let stray = stray.map(|header| {
        let (name, status) = (&header.name, header.status);
        format!(
            "declares the header `{name}` for the status {status}, which the endpoint does not send; \
             declare the status with `answers({status})` or `refuses([{status}])`"
        )
    });
    invalid.chain(stray).collect()
}

/// Returns the errors in the description of the events.
fn of_events(operation: &Operation) -> Vec<String> {
    let Words { event_name, has_own_events, events, error_event, .. } = &operation.words;
    let mut errors = Vec::new();
    let names = event_name.iter().chain(error_event.iter().map(|event| &event.name));
    for name in names.filter(|name| EventName::parse(name).is_err()) {
        errors.push(format!(
            "`{}` is not the name of an event; use 1 to 128 bytes without line breaks",
            name.escape_debug()
        ));
    }
    let Some(stream) = &operation.stream else {
        if *has_own_events || error_event.as_ref().is_some_and(|event| event.is_own) {
            let text =
                "declares events, but the response is not an event stream; remove the declaration";
            errors.push(text.to_owned());
        }
        return errors;
    };
    if stream.is_named_by_type && event_name.is_some() && *has_own_events {
        errors.push(
            "declares the name of an event, but the event type defines the names; remove the \
             declaration"
                .to_owned(),
        );
    }
    if operation.streams == Some(StreamKind::ForEventSource) {
        // The host reports reserved names in the response type.
        let are_stated = events.is_some() || event_name.is_some() && !stream.is_named_by_type;
        let stated = stream.names.iter().filter(|_| are_stated);
        let of_errors = error_event.iter().filter(|event| event.is_own).map(|event| &event.name);
        let names = stated.chain(of_errors).filter_map(|name| EventName::parse(name).ok());
        let reserved = names.filter(|name| name.check_unreserved().is_err());
        errors.extend(reserved.map(|name| {
            format!(
                "declares the event `{name}`, whose name is reserved on a stream for `EventSource`; \
                 rename the event, or call `config.streams_as_written()`"
            )
        }));
    }
    errors
}

fn of_examples(operation: &Operation, named: &Named, problem: &Value) -> Vec<String> {
    let json = |example: &Example| match example.status {
        None => {
            operation.body.as_ref()?.get("content")?.get("application/json")?.get("schema").cloned()
        }
        Some(status) => operation.json_of(status, problem),
    };
    let fault = |example: &Example| {
        let what =
            example.status.map_or("request".to_owned(), |status| format!("response {status}"));
        let name = &example.name;
        let Some(mut schema) = json(example) else {
            let unsent = example.status.filter(|status| !operation.sends(*status));
            let fix = match unsent {
                Some(status) => format!(
                    "which the endpoint does not send; declare the status with `answers({status})` or \
                     `refuses([{status}])`"
                ),
                None => "which has no JSON body; remove the example".to_owned(),
            };
            return example
                .is_own
                .then(|| format!("the example `{name}` is for the {what}, {fix}"));
        };
        named.rewrite(&mut schema);
        let fault = match &example.value {
            Ok(value) => misfit(value, &schema, &named.schemas)?,
            Err(error) => format!("the value is not JSON: {error}"),
        };
        Some(format!("the example `{name}` does not fit the {what}: {fault}"))
    };
    let examples = &operation.words.examples;
    let mut own = BTreeSet::new();
    let again = examples
        .iter()
        .filter(|example| example.is_own && !own.insert((example.status, &example.name)))
        .map(|example| {
            format!("the example `{}` is declared twice; choose another name", example.name)
        });
    again.chain(examples.iter().filter_map(fault)).collect()
}
