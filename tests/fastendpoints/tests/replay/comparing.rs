//! Compares an answer with the recorded one.

use hyperpoint_testing::Answer;
use serde_json::Value;

use crate::placeholders::Values;
use crate::recording::file;

/// The picture of the recording, in whose place `file` is sent.
const PICTURE: &str = "d0ba73edf70c4a9dd98a42bdac2ed5ccf3a6b91db7e9ec3e0831392c892d3c79";

/// The headers that are compared as a whole. Of some others, only a part is.
const HEADERS: [&str; 6] =
    ["accept-ranges", "content-range", "header2", "location", "x-bound-count", "x-header-one"];

/// Compares status, headers and body.
///
/// # Errors
///
/// What is not the same.
pub(crate) fn compare(
    expected: &Value,
    answer: &Answer,
    values: &mut Values,
) -> Result<(), String> {
    if expected["status"] != answer.status().as_u16() {
        return Err(format!("{}, not {}: {}", answer.status(), expected["status"], answer.text()));
    }
    for header in expected["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        compare_header(&name.to_ascii_lowercase(), value, answer, values)?;
    }
    let body = &expected["body"];
    let text = answer.text();
    if body.is_null() {
        return if text.is_empty() { Ok(()) } else { Err(format!("a body: {text}")) };
    }
    if let Some(expected) = body["text"].as_str() {
        return values.compare(expected, &text);
    }
    if let Some(json) = body.get("json") {
        let actual = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        return compare_json(json, &actual, "body", values);
    }
    let is_same = body["sha256"] == PICTURE && **answer.bytes() == file();
    if is_same { Ok(()) } else { Err(format!("{} other bytes", answer.bytes().len())) }
}

fn compare_header(
    name: &str,
    expected: &str,
    answer: &Answer,
    values: &mut Values,
) -> Result<(), String> {
    let end = match name {
        // Of these the value before its parameters.
        "content-type" | "content-disposition" => ';',
        "www-authenticate" => ' ',
        _ if HEADERS.contains(&name) => '\n',
        _ => return Ok(()),
    };
    let actual = answer.header(name).ok_or_else(|| format!("without the header {name}"))?;
    let first = |value: &str| value.split(end).next().unwrap_or_default().trim().to_owned();
    values.compare(&first(expected), &first(actual)).map_err(|why| format!("{name}: {why}"))
}

fn compare_json(
    expected: &Value,
    actual: &Value,
    at: &str,
    values: &mut Values,
) -> Result<(), String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            if let Some(more) = actual.keys().find(|name| !expected.contains_key(*name)) {
                return Err(format!("{at}: with {more:?}"));
            }
            expected.iter().try_for_each(|(name, value)| match actual.get(name) {
                Some(actual) => compare_json(value, actual, &format!("{at}.{name}"), values),
                None => Err(format!("{at}: without {name:?}")),
            })
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let items = expected.iter().zip(actual).enumerate();
            items.into_iter().try_for_each(|(index, (expected, actual))| {
                compare_json(expected, actual, &format!("{at}[{index}]"), values)
            })
        }
        (Value::String(expected), Value::String(actual)) => {
            values.compare(expected, actual).map_err(|why| format!("{at}: {why}"))
        }
        (Value::Number(expected), Value::Number(actual))
            if expected.as_f64() == actual.as_f64() =>
        {
            Ok(())
        }
        _ if expected == actual => Ok(()),
        _ => Err(format!("{at}: {actual}, not {expected}")),
    }
}
