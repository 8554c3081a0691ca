//! Errors in what is said about operations: ids that are taken, words that do not fit, and examples.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderName;
use hyperpoint_core::StreamKind;
use hyperpoint_sse::EventName;
use serde_json::Value;

use crate::components::Named;
use crate::conformity::misfit;
use crate::operation::Operation;
use crate::words::{Example, Words};

/// Returns the errors in what `configure` says for the document, one sentence each.
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

/// Returns the errors in the words of one operation. What a group or the host says of operations that it does not
/// fit is ignored.
fn of_words(operation: &Operation) -> Vec<String> {
    let words = &operation.words;
    let mut errors = Vec::new();
    let stated =
        words.answers.iter().map(|answer| answer.status).chain(words.refusals.iter().copied());
    let invalid = stated.filter(|status| !(200..=599).contains(status));
    errors.extend(
        invalid.map(|status| format!("`{status}` is not the status of an answer; use 200 to 599")),
    );
    errors.extend(of_headers(operation));
    if words.media_types.iter().any(|taken| taken.is_own) && !operation.takes_unparsed {
        errors.push(
            "states the media type of an unparsed body by `takes`, and its request type takes none; \
             remove the statement, or use a request type such as `Raw<Bytes>`"
                .to_owned(),
        );
    }
    errors.extend(of_events(operation));
    errors
}

/// Returns the errors in the names and the statuses of headers.
fn of_headers(operation: &Operation) -> Vec<String> {
    let Operation { words, answers, refusals, .. } = operation;
    let has = |status: u16| {
        answers.iter().any(|answer| answer.status == status) || refusals.contains(&status)
    };
    let names = words.headers.iter().map(|header| &header.name);
    let names = names.chain(words.taken_headers.iter().map(|header| &header.name));
    let invalid = names.filter(|name| HeaderName::try_from(name.as_str()).is_err());
    let invalid = invalid.map(|name| format!("`{name}` is not the name of a header"));
    let stray = words.headers.iter().filter(|header| header.is_own && !has(header.status));
    let stray = stray.map(|header| {
        let (name, status) = (&header.name, header.status);
        format!(
            "states the header `{name}` of answers with the status {status}, of which it has none; \
             state it by `answers({status})` or `refuses([{status}])`"
        )
    });
    invalid.chain(stray).collect()
}

/// Returns the errors in what is said about events.
fn of_events(operation: &Operation) -> Vec<String> {
    let Words { event_name, has_own_events, events, .. } = &operation.words;
    let mut errors = Vec::new();
    if let Some(name) = event_name
        && EventName::parse(name).is_err()
    {
        errors.push(format!(
            "`{name}` is not the name of an event; use up to 128 bytes without line breaks"
        ));
    }
    let Some(stream) = &operation.stream else {
        if *has_own_events {
            let text = "states events, and its response is no event stream; remove the statement";
            errors.push(text.to_owned());
        }
        return errors;
    };
    if stream.is_named_by_type && event_name.is_some() && *has_own_events {
        errors.push(
            "states the name of an event, and the type of its events names them; remove the statement"
                .to_owned(),
        );
    }
    // Those of the response type are reported by the host.
    if operation.streams == Some(StreamKind::ForEventSource)
        && (events.is_some() || event_name.is_some() && !stream.is_named_by_type)
    {
        let names = stream.names.iter().filter_map(|name| EventName::parse(name).ok());
        let reserved = names.filter(|name| name.check_unreserved().is_err());
        errors.extend(reserved.map(|name| {
            format!(
                "states the event `{name}` for `EventSource`, where its name is reserved; rename it, or \
                 write `config.streams_as_written()`"
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
        let what = example.status.map_or("request".to_owned(), |status| format!("answer {status}"));
        let name = &example.name;
        let Some(mut schema) = json(example) else {
            return example.is_own.then(|| {
                format!("the example `{name}` is of the {what}, which has no JSON; remove it")
            });
        };
        named.rewrite(&mut schema);
        let fault = match &example.value {
            Ok(value) => misfit(value, &schema, &named.schemas)?,
            Err(error) => format!("it is not JSON: {error}"),
        };
        Some(format!("the example `{name}` does not fit the {what}: {fault}"))
    };
    operation.words.examples.iter().filter_map(fault).collect()
}
