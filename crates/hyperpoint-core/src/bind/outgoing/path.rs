//! Construction of a path from a route template and its parameter values.

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
pub(super) fn path(
    route: &RouteTemplate,
    value: impl Fn(&str) -> Result<String, String>,
) -> Result<String, (String, String)> {
    let encoded = route.encoded();
    let mut path = String::with_capacity(encoded.len());
    for segment in encoded.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(param) => {
                let name = param.trim_start_matches('*');
                let value = value(name).and_then(|value| segments(&value, name == param));
                path.push_str(&value.map_err(|reason| (name.to_owned(), reason))?);
                // Browsers resolve a path that begins with `//` to another host.
                if path.starts_with("//") {
                    return Err((
                        name.to_owned(),
                        "begins with a slash, so that the path would name another host".into(),
                    ));
                }
            }
            None => path.push_str(segment),
        }
    }
    Ok(path)
}

/// Encodes a value as one segment if `is_one` is `true`, otherwise as segments separated by `/`.
/// Refuses an empty value, and dot segments, because clients remove them even if they are
/// percent-encoded (RFC 3986 §5.2.4).
fn segments(value: &str, is_one: bool) -> Result<String, String> {
    let parts: Vec<&str> = if is_one { vec![value] } else { value.split('/').collect() };
    if value.is_empty() || parts.iter().any(|part| matches!(*part, "." | "..")) {
        return Err(format!("is `{value}`, which can't be in a path"));
    }
    let encoded: Vec<_> =
        parts.into_iter().map(|part| utf8_percent_encode(part, ENCODED).to_string()).collect();
    Ok(encoded.join("/"))
}
