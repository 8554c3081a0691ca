//! A request that calls a tool.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::json_reader::{JsonReader, once, text};
use crate::request::{CLIENT_CAPABILITIES, LONG_TOKEN, PROTOCOL_VERSION, Request, is_short};

/// A request with the method `tools/call`. The values of its arguments are not parsed.
#[derive(Clone, Debug)]
pub(crate) struct CallRequest<'a> {
    /// A text or an integer.
    pub(crate) id: Value,
    /// The name of the tool, if it is a text.
    pub(crate) name: Option<Cow<'a, str>>,
    /// The arguments, if they are an object.
    pub(crate) arguments: Option<Arguments<'a>>,
    pub(crate) progress_token: Option<Value>,
    pub(crate) meta: Meta<'a>,
    message: &'a str,
}

/// The parameters of a call, as JSON.
#[derive(Debug, Default)]
pub(crate) struct CallParams<'a> {
    name: Option<&'a str>,
    arguments: Option<Result<Arguments<'a>, NoObject>>,
    meta: Option<Meta<'a>>,
}

/// A value that is no object.
#[derive(Clone, Copy, Debug)]
struct NoObject;

/// What `_meta` of a call contains, as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meta<'a> {
    pub(crate) version: Option<&'a str>,
    pub(crate) capabilities: Option<&'a str>,
    progress_token: Option<&'a str>,
    pub(crate) traceparent: Option<&'a str>,
    pub(crate) tracestate: Option<&'a str>,
}

impl<'a> CallParams<'a> {
    /// Reads the parameters. Returns `None` if they are no object, or if a member is repeated.
    pub(crate) fn read(reader: &mut JsonReader<'a>) -> Option<Self> {
        let mut params = Self::default();
        reader.members(|reader, name| match name.as_ref() {
            "name" => once(&mut params.name, reader.value()?),
            "arguments" if reader.is_object() => {
                once(&mut params.arguments, Ok(Arguments::read(reader)?))
            }
            "arguments" => {
                reader.value()?;
                once(&mut params.arguments, Err(NoObject))
            }
            "_meta" if reader.is_object() => once(&mut params.meta, Meta::read(reader)?),
            "_meta" => {
                reader.value()?;
                once(&mut params.meta, Meta::default())
            }
            _ => reader.value().map(drop),
        })?;
        Some(params)
    }
}

impl<'a> Meta<'a> {
    fn read(reader: &mut JsonReader<'a>) -> Option<Self> {
        let mut meta = Self::default();
        reader.members(|reader, name| match name.as_ref() {
            PROTOCOL_VERSION => once(&mut meta.version, reader.value()?),
            CLIENT_CAPABILITIES => once(&mut meta.capabilities, reader.value()?),
            "progressToken" => once(&mut meta.progress_token, reader.value()?),
            "traceparent" => once(&mut meta.traceparent, reader.value()?),
            "tracestate" => once(&mut meta.tracestate, reader.value()?),
            _ => reader.value().map(drop),
        })?;
        Some(meta)
    }
}

impl<'a> CallRequest<'a> {
    /// Creates the request of a message that has these parameters.
    ///
    /// # Errors
    ///
    /// The id, and what is wrong with the parameters.
    pub(crate) fn new(
        id: Value,
        message: &'a str,
        CallParams { name, arguments, meta }: CallParams<'a>,
    ) -> Result<Self, (Value, &'static str)> {
        let meta = meta.unwrap_or_default();
        let token = meta.progress_token.map(serde_json::from_str);
        let progress_token = match token.transpose() {
            Ok(token) if token.as_ref().is_none_or(is_short) => token,
            _ => return Err((id, LONG_TOKEN)),
        };
        let arguments = arguments.unwrap_or_else(|| Ok(Arguments::default())).ok();
        Ok(Self { id, name: name.and_then(text), arguments, progress_token, meta, message })
    }

    /// Returns the request with all of its parameters, or `None` if they are nested too deeply.
    pub(crate) fn whole(self) -> Option<Request> {
        let mut message: Value = serde_json::from_str(self.message).ok()?;
        let params = match message.get_mut("params").map(Value::take) {
            Some(Value::Object(params)) => params,
            _ => Map::new(),
        };
        Some(Request { id: self.id, method: "tools/call".to_owned(), params })
    }
}
