//! Encoding of a form with files (`multipart/form-data`, RFC 7578).

use bytes::Bytes;
use http::header::HeaderValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::pairs::{name_of_part, pairs};
use crate::bind::file::{File, index_of_file};

/// A `multipart/form-data` body that is being written.
pub(super) struct Parts {
    boundary: String,
    body: Vec<u8>,
}

impl Parts {
    /// Encodes the fields of an object. Each value that refers to a file becomes a part with the
    /// content of that file.
    ///
    /// # Errors
    ///
    /// The reason, if the value is not an object, if a nested value cannot be sent as text, or if a
    /// file cannot be read.
    pub(super) fn new(value: &Value, files: &[File]) -> Result<Self, String> {
        let Value::Object(fields) = value else {
            return Err("is not an object, and only an object can be sent as a form".to_owned());
        };
        let boundary = format!("part-{}", Uuid::new_v4().simple());
        let mut parts = Self { boundary, body: Vec::new() };
        for (name, value) in fields {
            let added = parts.add(name, value, files);
            added.map_err(|reason| {
                format!("cannot be sent as a form: its field `{name}` {reason}")
            })?;
        }
        Ok(parts)
    }

    fn add(&mut self, name: &str, value: &Value, files: &[File]) -> Result<(), String> {
        if let Some(index) = index_of_file(value) {
            let file =
                files.get(index).ok_or("refers to a file that is not part of the request")?;
            return self.file(name, file);
        }
        match value {
            Value::Object(fields) => self.fields(name, fields, files),
            Value::Array(items) if items.iter().all(|item| index_of_file(item).is_some()) => {
                items.iter().try_for_each(|item| self.add(name, item, files))
            }
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(at, item)| self.add(&format!("{name}[{at}]"), item, files))
            }
            value => {
                for (name, text) in pairs(name, value)? {
                    self.part(&format!("name=\"{}\"\r\n", quoted(&name)), text.as_bytes());
                }
                Ok(())
            }
        }
    }

    fn fields(
        &mut self,
        name: &str,
        fields: &Map<String, Value>,
        files: &[File],
    ) -> Result<(), String> {
        fields.iter().try_for_each(|(key, value)| self.add(&name_of_part(name, key)?, value, files))
    }

    fn file(&mut self, name: &str, file: &File) -> Result<(), String> {
        let bytes = file.bytes_now().map_err(|error| format!("cannot be read: {error}"))?;
        let content_type = file.content_type().unwrap_or("application/octet-stream");
        if content_type.contains(['\r', '\n']) {
            return Err("has a content type with a line break".to_owned());
        }
        let head = format!(
            "name=\"{}\"; filename=\"{}\"\r\nContent-Type: {content_type}\r\n",
            quoted(name),
            quoted(file.file_name().unwrap_or_default()),
        );
        self.part(&head, &bytes);
        Ok(())
    }

    fn part(&mut self, head: &str, bytes: &[u8]) {
        let start = format!("--{}\r\nContent-Disposition: form-data; {head}\r\n", self.boundary);
        self.body.extend_from_slice(start.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
    }

    pub(super) fn into_type_and_bytes(mut self) -> (Option<HeaderValue>, Bytes) {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let content_type = format!("multipart/form-data; boundary={}", self.boundary);
        (HeaderValue::try_from(content_type).ok(), self.body.into())
    }
}

/// Escapes a name as browsers do (WHATWG HTML, "Multipart form data").
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde::Serialize;

    use super::super::super::from;
    use super::super::outgoing::Outgoing;
    use crate::route::RouteTemplate;

    #[derive(Serialize)]
    struct Upload {
        file: from::File,
        tags: [Option<u32>; 1],
    }

    #[test]
    fn the_error_of_a_form_that_cannot_be_sent_begins_with_the_request() {
        let file = from::File::new("a.txt", "text/plain", b"a".as_slice());
        let upload = Upload { file, tags: [None] };
        let route = RouteTemplate::parse("/").unwrap();
        let error = Outgoing::new(&Method::POST, &route, &upload).unwrap_err();
        assert_eq!(
            error.to_string(),
            "call POST /: the request cannot be sent as a form: its field `tags` is a list that \
             contains null, which cannot be sent as text"
        );
    }
}
