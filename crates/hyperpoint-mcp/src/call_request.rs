//! A request that calls a tool.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::json::{Object, present, text};
use crate::request::{LONG_TOKEN, Request, is_short};

/// A request with the method `tools/call`. The values of its arguments are not parsed.
#[derive(Clone, Debug)]
pub(crate) struct CallRequest<'a> {
    /// A string or an integer.
    pub(crate) id: Value,
    /// The name of the tool, or `None` if it is absent or not a string.
    pub(crate) name: Option<Cow<'a, str>>,
    /// The arguments, or `None` if they are not an object. Absent arguments are an empty object.
    pub(crate) arguments: Option<Arguments<'a>>,
    pub(crate) progress_token: Option<Value>,
    pub(crate) meta: Meta<'a>,
    message: &'a str,
}

/// The parameters of a call.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CallParams<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    name: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    arguments: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "_meta")]
    meta: Option<Object<Meta<'a>>>,
}

/// The fields of `_meta` that a call uses.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Meta<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    pub(crate) version: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    pub(crate) capabilities: Option<&'a RawValue>,
    #[serde(default, rename = "progressToken", deserialize_with = "present")]
    progress_token: Option<Value>,
    #[serde(borrow, default)]
    pub(crate) traceparent: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) tracestate: Option<&'a RawValue>,
}

impl<'a> CallRequest<'a> {
    /// Creates the request from its id, the JSON of the whole message, and the parsed parameters.
    ///
    /// # Errors
    ///
    /// The id and the reason, if the progress token is too long.
    pub(crate) fn new(
        id: Value,
        message: &'a str,
        CallParams { name, arguments, meta }: CallParams<'a>,
    ) -> Result<Self, (Value, &'static str)> {
        let Object(mut meta) = meta.unwrap_or_default();
        let progress_token = meta.progress_token.take();
        if !progress_token.as_ref().is_none_or(is_short) {
            return Err((id, LONG_TOKEN));
        }
        let arguments = arguments.map_or_else(|| Some(Arguments::default()), Arguments::read);
        Ok(Self { id, name: name.and_then(text), arguments, progress_token, meta, message })
    }

    /// Parses the whole message, and returns the request with all of its parameters.
    pub(crate) fn whole(self) -> Request {
        // Cannot fail: parsing the call has validated the JSON of the message.
        let mut message: Value = serde_json::from_str(self.message).unwrap_or_default();
        let params = match message.get_mut("params").map(Value::take) {
            Some(Value::Object(params)) => params,
            _ => Map::new(),
        };
        Request { id: self.id, method: "tools/call".to_owned(), params }
    }
}
