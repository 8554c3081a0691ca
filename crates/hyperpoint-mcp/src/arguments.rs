//! The arguments of a call.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::json_reader::JsonReader;

/// The arguments of a call, each as the client wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Arguments<'a> {
    /// The JSON of all arguments, while they are the ones that the client sent.
    whole: Option<&'a str>,
    members: Vec<(Cow<'a, str>, &'a str)>,
}

/// The reason why an argument cannot be read.
pub(crate) const UNREADABLE: &str = "has a text or a number that is invalid";

impl<'a> Arguments<'a> {
    /// Reads the arguments. Of an argument that is repeated the last one counts. Returns `None` if they are no object.
    pub(crate) fn read(reader: &mut JsonReader<'a>) -> Option<Self> {
        let mut members = Vec::new();
        let json = reader.members(|reader, name| {
            members.push((name, reader.value()?));
            Some(())
        })?;
        let mut arguments = Self { whole: Some(json), members };
        if arguments.has_repeated() {
            let last: BTreeMap<_, _> = arguments.members.into_iter().collect();
            arguments = Self { whole: None, members: last.into_iter().collect() };
        }
        Some(arguments)
    }

    /// Returns the JSON of an argument.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.members.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }

    fn has_repeated(&self) -> bool {
        if self.members.len() < 2 {
            return false;
        }
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair.first() == pair.last())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_ref())
    }

    /// Removes an argument and returns its value.
    ///
    /// # Errors
    ///
    /// [`UNREADABLE`].
    pub(crate) fn take(&mut self, name: &str) -> Result<Option<Value>, &'static str> {
        let Some(index) = self.members.iter().position(|(other, _)| other == name) else {
            return Ok(None);
        };
        self.whole = None;
        let (_, json) = self.members.remove(index);
        serde_json::from_str(json).map(Some).map_err(|_error| UNREADABLE)
    }

    /// Returns the values of the arguments.
    ///
    /// # Errors
    ///
    /// The name of an argument that is [`UNREADABLE`].
    pub(crate) fn values(&self) -> Result<Map<String, Value>, String> {
        let value = |(name, json): &(Cow<'_, str>, &str)| match serde_json::from_str(json) {
            Ok(value) => Ok((name.to_string(), value)),
            Err(_error) => Err(name.to_string()),
        };
        self.members.iter().map(value).collect()
    }

    /// Returns the arguments except these as the JSON of a body.
    pub(crate) fn body_without(&self, names: &[String]) -> Bytes {
        if let (Some(whole), []) = (self.whole, names) {
            return Bytes::copy_from_slice(whole.as_bytes());
        }
        let len = self.members.iter().map(|(name, value)| name.len() + value.len() + 4);
        let mut json = String::with_capacity(len.sum::<usize>() + 2);
        json.push('{');
        for (name, value) in
            self.members.iter().filter(|(name, _)| !names.iter().any(|other| name == other))
        {
            if json.len() > 1 {
                json.push(',');
            }
            match name {
                // A name that the client wrote without escapes.
                Cow::Borrowed(name) => json.extend(["\"", name, "\""]),
                Cow::Owned(name) => json.push_str(&Value::from(name.as_str()).to_string()),
            }
            json.push(':');
            json.push_str(value);
        }
        json.push('}');
        json.into()
    }
}

impl Default for Arguments<'_> {
    fn default() -> Self {
        Self { whole: Some("{}"), members: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &str) -> Option<Arguments<'_>> {
        Arguments::read(&mut JsonReader::new(json))
    }

    #[test]
    fn arguments_are_passed_as_they_were_written() {
        let written = r#"{ "b": 1.50, "a": [ 18446744073709551616 ] }"#;
        assert_eq!(read(written).unwrap().body_without(&[]), written);
        assert_eq!(Arguments::default().body_without(&[]), "{}");
        let mut rest = read(r#"{ "a\"": 1, "b": 2.0, "c": { } }"#).unwrap();
        assert_eq!(rest.take("b"), Ok(Some(json!(2.0))));
        assert_eq!(rest.take("b"), Ok(None));
        assert_eq!(rest.body_without(&[]), r#"{"a\"":1,"c":{ }}"#);
        assert_eq!(rest.body_without(&["c".to_owned()]), r#"{"a\"":1}"#);
        assert_eq!((rest.get("c"), rest.get("b")), (Some("{ }"), None));
    }

    #[test]
    fn of_a_repeated_argument_the_last_one_counts_everywhere() {
        let arguments = read(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap();
        assert_eq!(arguments.body_without(&[]), r#"{"a":3,"b":2}"#);
        assert_eq!(arguments.values().unwrap(), *json!({ "a": 3, "b": 2 }).as_object().unwrap());
    }

    #[test]
    fn what_is_no_object_is_no_list_of_arguments_and_an_invalid_value_has_a_name() {
        assert!(read("[]").is_none());
        assert!(read("null").is_none());
        let mut large = read(r#"{"a":1e999}"#).unwrap();
        assert_eq!(large.values(), Err("a".to_owned()));
        assert_eq!(large.take("a"), Err(UNREADABLE));
    }
}
