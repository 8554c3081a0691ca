//! Construction of a path from a route template and its parameter values.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::route::RouteTemplate;

/// The characters that are percent-encoded in a path segment (RFC 3986 §3.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Returns the encoded path of the route. `value` returns the value of the parameter with the given
/// name.
///
/// # Errors
///
/// The name of the first parameter whose value is missing or cannot be in a path, and the reason.
pub(super) fn path<'v>(
    route: &RouteTemplate,
    value: impl Fn(&str) -> Result<Cow<'v, str>, String>,
) -> Result<String, (String, String)> {
    let encoded = route.encoded();
    let mut path = String::with_capacity(encoded.len() + 32);
    for segment in encoded.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(param) => {
                let name = param.trim_start_matches('*');
                let added = value(name).and_then(|value| push(&mut path, &value, name == param));
                added.map_err(|reason| (name.to_owned(), reason))?;
                // Browsers resolve a path that begins with `//` to another host.
                if path.starts_with("//") {
                    return Err((
                        name.to_owned(),
                        "begins with a slash, so that the path would refer to another host".into(),
                    ));
                }
            }
            None => path.push_str(segment),
        }
    }
    Ok(path)
}

/// Adds a value to a path, encoded as one segment if `is_one` is `true`, otherwise as segments
/// separated by `/`. Refuses an empty value, and dot segments, because clients remove them even if
/// they are percent-encoded (RFC 3986 §5.2.4).
fn push(path: &mut String, value: &str, is_one: bool) -> Result<(), String> {
    let invalid = || Err(format!("is `{value}`, which can't be part of a path"));
    if value.is_empty() {
        return invalid();
    }
    let mut rest = Some(value);
    while let Some(value) = rest {
        let (part, next) = match value.split_once('/').filter(|_| !is_one) {
            Some((part, next)) => (part, Some(next)),
            None => (value, None),
        };
        if matches!(part, "." | "..") {
            return invalid();
        }
        path.extend(utf8_percent_encode(part, ENCODED));
        if next.is_some() {
            path.push('/');
        }
        rest = next;
    }
    Ok(())
}
