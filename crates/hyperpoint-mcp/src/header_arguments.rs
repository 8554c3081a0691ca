//! Headers of an endpoint that are arguments of its tool.

use http::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyperpoint_core::identity::Carrier;
use hyperpoint_host::Contract;
use hyperpoint_openapi::DescribedCall;
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::words::ToolWords;

/// The headers that identify the client or the target of its request. Calls copy them from the
/// client's request, so they cannot be arguments.
const OF_CLIENT: [HeaderName; 4] = [AUTHORIZATION, COOKIE, HOST, ORIGIN];

/// A header that is an argument of a tool.
#[derive(Clone, Debug)]
pub(crate) struct HeaderArgument {
    /// The name of the argument.
    pub(crate) name: String,
    header: HeaderName,
}

/// Adds the headers that `words` selects to the arguments of a call. Returns the added arguments
/// and the configuration errors, as texts that follow the name of the endpoint.
pub(crate) fn header_arguments(
    call: &mut DescribedCall,
    words: &ToolWords,
    contract: &Contract,
) -> (Vec<HeaderArgument>, Vec<String>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for wanted in &words.headers {
        let known = call.headers.iter().find(|header| header.name.eq_ignore_ascii_case(wanted));
        let Some((header, name)) = known.and_then(|known| {
            Some((HeaderName::try_from(known.name.as_str()).ok()?, known.name.clone()))
        }) else {
            faults.push(format!(
                "makes the header `{wanted}` an argument, but does not take it; add a field with \
                 `from::Header`, or declare the header with `takes_header`"
            ));
            continue;
        };
        if OF_CLIENT.contains(&header) || carries_credentials(&header, contract) {
            faults.push(format!(
                "makes the header `{wanted}` an argument, but calls copy it from the request of \
                 the client; remove it"
            ));
            continue;
        }
        found.push(HeaderArgument { name, header });
    }
    let is_argument = |name: &str| found.iter().any(|argument| argument.name == name);
    let missing =
        call.headers.iter().filter(|header| header.is_required && !is_argument(&header.name));
    faults.extend(missing.map(|header| {
        let name = &header.name;
        format!(
            "is a tool, but needs the header `{name}`, which a call does not have; make it an argument with \
             `config.tool().header(\"{name}\")`, or make the field an `Option`"
        )
    }));
    add_to_schema(call, &found);
    (found, faults)
}

fn carries_credentials(header: &HeaderName, contract: &Contract) -> bool {
    let mut carriers = contract.schemes.iter().flat_map(|scheme| &scheme.carriers);
    carriers.any(|carrier| {
        matches!(carrier, Carrier::Header(name) if name.eq_ignore_ascii_case(header.as_str()))
    })
}

/// Adds the header arguments to the input schema of the call.
fn add_to_schema(call: &mut DescribedCall, arguments: &[HeaderArgument]) {
    let Some(schema) = call.input.as_object_mut() else { return };
    for header in &call.headers {
        if !arguments.iter().any(|argument| argument.name == header.name) {
            continue;
        }
        let properties = schema.entry("properties").or_insert_with(|| Map::new().into());
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(header.name.clone(), header.schema.clone());
        }
        let required = schema.entry("required").or_insert_with(|| Vec::<Value>::new().into());
        if let (Some(required), true) = (required.as_array_mut(), header.is_required) {
            required.push(header.name.clone().into());
        }
    }
}

impl HeaderArgument {
    /// Moves the argument into the headers of a request, and replaces the header of the client's
    /// request. An absent or `null` argument removes the header.
    ///
    /// # Errors
    ///
    /// The reason if the argument's value is not a valid header value.
    pub(crate) fn put(
        &self,
        arguments: &mut Arguments<'_>,
        headers: &mut HeaderMap,
    ) -> Result<(), &'static str> {
        headers.remove(&self.header);
        let text = match arguments.take(&self.name) {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::String(text)) => text,
            Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            Some(_) => return Err("is not a string, a number or a boolean"),
        };
        let value =
            HeaderValue::try_from(text).map_err(|_invalid| "is not a valid header value")?;
        headers.insert(self.header.clone(), value);
        Ok(())
    }
}
