//! `RouteTemplate`: a parsed route such as `/users/{id}` or `/files/{*path}`.

use std::fmt;

use super::constraint::Constraint;
use super::normal_path::normal_path;

/// A parsed route template, such as `/users/{id}`.
///
/// A template starts with `/`. A segment is literal text, `{name}` for one segment of the path, or,
/// at the end, `{*name}` for the rest of the path. `{name:int}` matches only integers. The other
/// constraints are `uuid`, `alpha` and `digits`; the last two may have a length or a range of
/// lengths: `{code:digits(3)}`, `{code:alpha(2,5)}`. Routes are case-sensitive, and a trailing
/// slash is significant. Literals need no percent-encoding, except for `%`, `?`, `#`, `{` and `}`:
/// `/café` matches a request for `/caf%C3%A9`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteTemplate {
    text: String,
    encoded: String,
    params: Vec<String>,
    constraints: Vec<Option<Constraint>>,
}

impl RouteTemplate {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// [`InvalidRouteTemplate`] if the text is not a valid template. The message describes the
    /// fault and, for most faults, the correction.
    pub fn parse(text: &str) -> Result<Self, InvalidRouteTemplate> {
        let invalid = |fault| InvalidRouteTemplate { text: text.to_owned(), fault };
        let Some(path) = text.strip_prefix('/') else {
            return Err(invalid(Fault::NoSlash));
        };
        let mut params: Vec<String> = Vec::new();
        let mut constraints = Vec::new();
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            let Some(name) = parameter(segment).map_err(invalid)? else {
                continue;
            };
            let (name, is_rest) = name.strip_prefix('*').map_or((name, false), |rest| (rest, true));
            if is_rest && segments.peek().is_some() {
                return Err(invalid(Fault::RestNotLast));
            }
            let (name, constraint) = name.split_once(':').map_or((name, None), |(name, text)| {
                (name, Some(Constraint::parse(text).filter(|_| !is_rest)))
            });
            if constraint == Some(None) {
                return Err(invalid(Fault::Constraint));
            }
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(invalid(Fault::Name));
            }
            if params.iter().any(|known| known == name) {
                return Err(invalid(Fault::Repeated));
            }
            params.push(name.to_owned());
            constraints.push(constraint.flatten());
        }
        Ok(Self { text: text.to_owned(), encoded: encoded(text), params, constraints })
    }

    /// Returns the template as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the names of the parameters, in order.
    #[must_use]
    pub fn params(&self) -> &[String] {
        &self.params
    }

    /// Returns the constraint of each parameter, in order. `None` for a parameter without a
    /// constraint.
    #[must_use]
    pub fn constraints(&self) -> &[Option<Constraint>] {
        &self.constraints
    }

    /// Returns the template without constraints and with its literals percent-encoded, as in a
    /// normalized request path.
    #[must_use]
    pub fn encoded(&self) -> &str {
        &self.encoded
    }
}

fn encoded(text: &str) -> String {
    let encode = |segment: &str| match segment.starts_with('{') {
        true => match segment.split_once(':') {
            Some((name, _)) => format!("{name}}}"),
            None => segment.to_owned(),
        },
        false => normal_path(segment).unwrap_or_default().into_owned(),
    };
    text.split('/').map(encode).collect::<Vec<_>>().join("/")
}

impl fmt::Display for RouteTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the text within the braces of a segment (the name, with `*` and the constraint), or
/// `None` for a literal.
///
/// # Errors
///
/// The fault, if the segment is neither a parameter nor a valid literal.
fn parameter(segment: &str) -> Result<Option<&str>, Fault> {
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Ok(Some(name));
    }
    match segment {
        _ if segment.contains(['{', '}']) => Err(Fault::Braces),
        _ if segment.starts_with(':') => Err(Fault::Colon),
        _ if segment.contains(['?', '#']) => Err(Fault::Query),
        _ if normal_path(segment).is_none() => Err(Fault::Percent),
        _ => Ok(None),
    }
}

/// The error for an invalid route template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRouteTemplate {
    text: String,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NoSlash,
    RestNotLast,
    Name,
    Repeated,
    Constraint,
    Braces,
    Colon,
    Query,
    Percent,
}

impl fmt::Display for InvalidRouteTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.fault {
            Fault::NoSlash => "does not start with a slash; write `/` first",
            Fault::RestNotLast => "has `{*…}` before its end; move it to the end",
            Fault::Name => "has an invalid parameter name; use only ASCII letters, digits and `_`",
            Fault::Repeated => "has two parameters with the same name; rename one",
            Fault::Constraint => {
                "has an unknown constraint; write `{name:int}`, `{name:uuid}`, `{name:alpha}` or \
                 `{name:digits}`, the latter two also with a length, `{name:digits(3)}`"
            }
            Fault::Braces => {
                "has a brace within a segment; a parameter is a whole segment, `{name}`"
            }
            Fault::Colon => "has a segment that begins with a colon; write a parameter as `{name}`",
            Fault::Percent => "has a `%` without two hex digits after it; write `%25` for a `%`",
            Fault::Query => {
                "has a `?` or `#`; write only the path, and declare query values as request fields"
            }
        };
        write!(f, "route `{}` {advice}", self.text)
    }
}

impl std::error::Error for InvalidRouteTemplate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[&str], Fault>) {
        let parsed = RouteTemplate::parse(text);
        let params =
            parsed.as_ref().map(|route| route.params().iter().map(String::as_str).collect());
        let expected = expected.map(<[_]>::to_vec);
        assert_eq!(params.map_err(|error: &InvalidRouteTemplate| error.fault), expected);
    }

    #[test]
    fn a_parameter_is_a_whole_segment() {
        check("/", Ok(&[]));
        check("/a/{b}/c/{d_1}", Ok(&["b", "d_1"]));
        check("/files/{*path}", Ok(&["path"]));
        check("", Err(Fault::NoSlash));
        check("a", Err(Fault::NoSlash));
        check("/{*a}/b", Err(Fault::RestNotLast));
        check("/{}", Err(Fault::Name));
        check("/{a b}", Err(Fault::Name));
        check("/{a}/{a}", Err(Fault::Repeated));
        check("/{a:int}/{b:digits(2,4)}/{c}", Ok(&["a", "b", "c"]));
        check("/{a:int}/{a:uuid}", Err(Fault::Repeated));
        check("/{a:regex}", Err(Fault::Constraint));
        check("/{a:}", Err(Fault::Constraint));
        check("/{*a:int}", Err(Fault::Constraint));
        check("/a{b}", Err(Fault::Braces));
        check("/:id", Err(Fault::Colon));
        check("/a?b={c}", Err(Fault::Braces));
        check("/a?b", Err(Fault::Query));
        check("/100%", Err(Fault::Percent));
        check("/100%25", Ok(&[]));
    }

    #[test]
    fn literals_are_encoded_as_in_a_normalized_request_path() {
        let route = RouteTemplate::parse("/café/a b/{id}").unwrap();
        assert_eq!(route.encoded(), "/caf%C3%A9/a%20b/{id}");
        let route = RouteTemplate::parse("/{id:int}/{code:digits(3)}").unwrap();
        assert_eq!(route.encoded(), "/{id}/{code}");
        assert_eq!(RouteTemplate::parse("/a%2fb/%41").unwrap().encoded(), "/a%2Fb/A");
    }
}
