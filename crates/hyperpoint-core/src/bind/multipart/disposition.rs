//! Parsing of the `Content-Disposition` header of a part.

use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderMap};
use percent_encoding::percent_decode;

use crate::bind::header_parameters::HeaderParameters;
use crate::problem::{Problem, excerpt};

/// The field name and the file name of a part (RFC 7578 §4.2).
#[derive(Debug)]
pub(super) struct Disposition {
    pub(super) name: Option<String>,
    /// The file name, which may be empty, or `None` if the part is not a file.
    pub(super) file: Option<String>,
}

impl Disposition {
    /// Parses the `Content-Disposition` header among the headers of a part.
    ///
    /// # Errors
    ///
    /// 400 if the header is missing or malformed, if it contains a parameter twice, or if the name
    /// or the file name is invalid.
    pub(super) fn parse(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(header) = headers.get(CONTENT_DISPOSITION) else {
            return Err(malformed("is missing"));
        };
        let (mut name, mut plain, mut extended) = (None, None, None);
        for parameter in HeaderParameters::of(header.as_bytes()) {
            let (key, value) = parameter
                .map_err(|_unclosed| malformed("has a quotation mark that is not closed"))?;
            let slot = match key {
                key if key.eq_ignore_ascii_case(b"name") => &mut name,
                key if key.eq_ignore_ascii_case(b"filename") => &mut plain,
                key if key.eq_ignore_ascii_case(b"filename*") => &mut extended,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(malformed("has a parameter twice"));
            }
        }
        let name = name.map(|name| match std::str::from_utf8(&name) {
            Ok(name) => Ok(unescaped(name)),
            Err(_) => Err(malformed("has a name that is not UTF-8")),
        });
        let file =
            file_name(plain.as_deref(), extended.as_deref()).map(|name| without_directories(&name));
        Ok(Self { name: name.transpose()?, file: file.transpose()? })
    }
}

fn malformed(reason: &str) -> Problem {
    let text = format!("the Content-Disposition of a part {reason}");
    Problem::new(StatusCode::BAD_REQUEST).detail(text)
}

/// Returns the file name, or `None` if the header has neither `filename` nor `filename*`. The
/// parameter `filename*` takes precedence if it can be decoded (RFC 6266 §4.3). RFC 7578 §4.2
/// forbids `filename*`, but clients send it.
fn file_name(plain: Option<&[u8]>, extended: Option<&[u8]>) -> Option<String> {
    if let Some(name) = extended.and_then(decoded) {
        return Some(name);
    }
    match plain {
        Some(plain) => Some(unescaped(&String::from_utf8_lossy(plain))),
        None => extended.map(|value| {
            let text = value.splitn(3, |byte| *byte == b'\'').last().unwrap_or_default();
            percent_decode(text).decode_utf8_lossy().into_owned()
        }),
    }
}

/// Decodes an extended value such as `UTF-8''%C3%BC` (RFC 8187 §3.2). Returns `None` if the value
/// has another form or another charset, or is not valid UTF-8.
fn decoded(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let text = percent_decode(text).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case(b"utf-8").then(|| text.into_owned())
}

/// Decodes the escapes `%22`, `%0D` and `%0A`, which browsers write in names (WHATWG HTML,
/// "Multipart form data").
fn unescaped(name: &str) -> String {
    if !name.contains('%') {
        return name.to_owned();
    }
    let name = name.replace("%22", "\"");
    name.replace("%0D", "\r").replace("%0A", "\n")
}

/// Returns the file name without directories, and with control characters replaced with U+FFFD.
///
/// # Errors
///
/// 400 if the name without directories is `.` or `..`, or if `path` contains only separators.
fn without_directories(path: &str) -> Result<String, Problem> {
    const SEPARATORS: [char; 2] = ['/', '\\'];
    let name = path.trim_end_matches(SEPARATORS);
    let name = name.rsplit(SEPARATORS).next().unwrap_or(name);
    if matches!(name, "." | "..") || (name.is_empty() && !path.is_empty()) {
        let text = format!("`{}` is not a valid file name", excerpt(path, 64));
        return Err(Problem::new(StatusCode::BAD_REQUEST).detail(text));
    }
    Ok(match name.contains(char::is_control) {
        true => name.replace(char::is_control, "\u{fffd}"),
        false => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn parse(value: &[u8]) -> Result<(Option<String>, Option<String>), Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_bytes(value).unwrap());
        Disposition::parse(&headers).map(|read| (read.name, read.file))
    }

    #[track_caller]
    fn check(value: impl AsRef<[u8]>, name: &str, file: Option<&str>) {
        let read = parse(value.as_ref()).unwrap();
        let expected = (Some(name.to_owned()), file.map(str::to_owned));
        assert_eq!(read, expected, "{:?}", String::from_utf8_lossy(value.as_ref()));
    }

    #[test]
    fn a_part_with_a_file_name_is_a_file_whatever_its_name() {
        check("form-data; name=\"f\"", "f", None);
        check("form-data; name=f; filename=a.txt", "f", Some("a.txt"));
        check("Form-Data; NAME=\"f\"; FileName = \"a.txt\"", "f", Some("a.txt"));
        check("form-data; name=\"f\"; filename=\"\"", "f", Some(""));
        check("form-data; name=\"f\"; filename*=UTF-8''%C3%BC%20.txt", "f", Some("ü .txt"));
        check("form-data; name=f; filename=\"=?x?=\"; filename*=utf-8'de'%C3%BC", "f", Some("ü"));
        check("form-data; name=f; filename=\"a\"; filename*=latin1''%FC", "f", Some("a"));
        check("form-data; name=f; filename*=latin1''%FC", "f", Some("\u{fffd}"));
        check("form-data; name=f; filename*=junk", "f", Some("junk"));
        check(b"form-data; name=f; filename=\"\xfc.txt\"", "f", Some("\u{fffd}.txt"));
        check(b"form-data; name=f; filename=\"\x95\x5c.txt\"", "f", Some(".txt"));
        check("form-data; name=f; filename=\"a\\\"", "f", Some("a"));
        check("form-data; name=f; filename=\"dir/\"", "f", Some("dir"));
        check("form-data; name=f; filename=\"C:\\dir\\../a b.png\"", "f", Some("a b.png"));
        check("form-data; name=f; filename=\"1%222%0A.txt\"", "f", Some("1\"2\u{fffd}.txt"));
        check("form-data; name=\"a%22b\\\"c\"", "a\"b\"c", None);
        check("form-data; filename=\"x; name=evil\"; name=\"real\"", "real", Some("x; name=evil"));
        check("form-data; name=\"x; filename=evil\"", "x; filename=evil", None);
    }

    #[test]
    fn an_ambiguous_disposition_is_refused() {
        for value in [
            b"form-data; name=\"a\"; name=\"b\"".as_slice(),
            b"form-data; filename=a; FILENAME=b",
            b"form-data; name=\"a",
            b"form-data; name=\"\xfc\"",
            b"form-data; name=f; filename=\"..\"",
            b"form-data; name=f; filename=\"a/.\"",
            b"form-data; name=f; filename=\"/\"",
            b"form-data; name=f; filename*=UTF-8''..%2F",
        ] {
            assert_eq!(
                parse(value).unwrap_err().status(),
                400,
                "{:?}",
                String::from_utf8_lossy(value)
            );
        }
        assert_eq!(Disposition::parse(&HeaderMap::new()).unwrap_err().status(), 400);
    }
}
