//! The parts of an outgoing request, collected field by field.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::super::from::Source;
use super::fields::Field;
use super::pairs::pairs;
use super::texts::texts;

/// The query, headers, cookies and body collected so far.
#[derive(Default)]
pub(super) struct Draft {
    query: Option<Serializer<'static, String>>,
    pub(super) headers: HeaderMap,
    pub(super) cookies: Vec<(String, String)>,
    pub(super) body: Body,
    /// Whether any field was passed to [`put`](Self::put).
    pub(super) is_sourced: bool,
    /// The files of the request, which field values refer to by index.
    #[cfg(feature = "multipart")]
    pub(super) files: Vec<crate::bind::from::File>,
}

/// The content of the body, by format.
#[derive(Default)]
pub(super) enum Body {
    #[default]
    Nothing,
    Json(Value),
    Form(String),
    #[cfg(feature = "multipart")]
    Parts(super::parts::Parts),
}

impl Draft {
    /// Adds the field to the part of the request that is its source. Ignores a claim, which is not
    /// sent.
    ///
    /// # Errors
    ///
    /// The name of the field, and the reason why its source cannot represent the value.
    pub(super) fn put(&mut self, source: Source, field: Field) -> Result<(), (String, String)> {
        let Field { name, value, .. } = field;
        self.is_sourced = true;
        let placed = match source {
            Source::Query => self.query(&name, &value),
            Source::Header => self.header(&name, &value),
            Source::Cookie => self.cookie(&name, &value),
            Source::Form => self.form(&value),
            Source::Claim => Ok(()),
            Source::Body => {
                self.json(value);
                Ok(())
            }
        };
        placed.map_err(|reason| (name, reason))
    }

    /// Sets the whole body, as JSON.
    pub(super) fn json(&mut self, value: Value) {
        self.body = Body::Json(value);
    }

    /// Sets the whole body, as a form.
    fn form(&mut self, value: &Value) -> Result<(), String> {
        #[cfg(feature = "multipart")]
        if !self.files.is_empty() {
            let parts = super::parts::Parts::new(value, &self.files)?;
            self.body = Body::Parts(parts);
            return Ok(());
        }
        self.body = Body::Form(form(value)?);
        Ok(())
    }

    /// Sets the body to an object with these fields, as JSON, or as a `multipart/form-data` form if
    /// there are files.
    #[cfg_attr(
        not(feature = "multipart"),
        expect(clippy::unnecessary_wraps, reason = "with the feature `multipart` there are files")
    )]
    pub(super) fn fields(&mut self, fields: Map<String, Value>) -> Result<(), (String, String)> {
        #[cfg(feature = "multipart")]
        if !self.files.is_empty() {
            let body = Value::Object(fields);
            let subject = |reason| (String::new(), format!("the request {reason}"));
            return self.form(&body).map_err(subject);
        }
        self.json(Value::Object(fields));
        Ok(())
    }

    fn query(&mut self, name: &str, value: &Value) -> Result<(), String> {
        for (name, text) in pairs(name, value)? {
            let query = self.query.get_or_insert_with(|| Serializer::new(String::new()));
            query.append_pair(&name, &text);
        }
        Ok(())
    }

    fn header(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let name = HeaderName::try_from(name)
            .map_err(|_invalid| "is not a valid header name".to_owned())?;
        for text in texts(value)? {
            let value = HeaderValue::from_bytes(text.as_bytes());
            let value = value.map_err(|_invalid| "is not a valid header value".to_owned())?;
            self.headers.append(name.clone(), value);
        }
        Ok(())
    }

    fn cookie(&mut self, name: &str, value: &Value) -> Result<(), String> {
        // Names of cookies and of headers are both tokens (RFC 6265 §4.1.1).
        if HeaderName::try_from(name).is_err() {
            return Err("is not a valid cookie name".to_owned());
        }
        self.cookies.extend(texts(value)?.into_iter().map(|text| (name.to_owned(), text)));
        Ok(())
    }

    /// Returns the encoded query, or `None` if no field was added to it.
    pub(super) fn query_text(&mut self) -> Option<String> {
        self.query.as_mut().map(Serializer::finish)
    }
}

impl Body {
    /// Returns the content type, or `None` if there is no body, and the bytes.
    pub(super) fn into_parts(self) -> (Option<HeaderValue>, Bytes) {
        let (content_type, body) = match self {
            Self::Nothing => return (None, Bytes::new()),
            Self::Json(value) => ("application/json", value.to_string()),
            Self::Form(form) => ("application/x-www-form-urlencoded", form),
            #[cfg(feature = "multipart")]
            Self::Parts(parts) => return parts.into_type_and_bytes(),
        };
        (Some(HeaderValue::from_static(content_type)), body.into())
    }
}

/// Encodes the fields of an object as a form (`application/x-www-form-urlencoded`).
fn form(value: &Value) -> Result<String, String> {
    let Value::Object(fields) = value else {
        return Err("is not an object, and only an object can be sent as a form".to_owned());
    };
    let mut form = Serializer::new(String::new());
    for (name, value) in fields {
        let pairs = pairs(name, value);
        for (name, text) in pairs
            .map_err(|reason| format!("cannot be sent as a form: its field `{name}` {reason}"))?
        {
            form.append_pair(&name, &text);
        }
    }
    Ok(form.finish())
}
