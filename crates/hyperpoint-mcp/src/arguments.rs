//! The arguments of a call.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::Text;

/// The arguments of a call. Their names are parsed, their values are not.
#[derive(Clone, Debug)]
pub(crate) struct Arguments<'a> {
    /// The JSON object that the client sent, or `None` once the members differ from it.
    whole: Option<&'a str>,
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// The members of a JSON object in document order, including repeated names.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Arguments<'a> {
    /// Reads the arguments from a JSON object. If a name is repeated, its last value is used.
    /// Returns `None` if the JSON is not an object.
    pub(crate) fn read(json: &'a RawValue) -> Option<Self> {
        let Members(members) = serde_json::from_str(json.get()).ok()?;
        let mut arguments = Self { whole: Some(json.get()), members };
        if arguments.has_repeated() {
            let last: BTreeMap<_, _> = arguments.members.into_iter().collect();
            arguments = Self { whole: None, members: last.into_iter().collect() };
        }
        Some(arguments)
    }

    /// Returns the JSON of an argument, or `None` if it is absent.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
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

    /// Removes an argument and returns its value, or `None` if it is absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.members.iter().position(|(other, _)| other == name)?;
        self.whole = None;
        Some(value(self.members.remove(index).1))
    }

    /// Returns the parsed values of the arguments by name.
    pub(crate) fn values(&self) -> Map<String, Value> {
        self.members.iter().map(|(name, json)| (name.to_string(), value(json))).collect()
    }

    /// Returns a JSON body with all arguments except those in `names`.
    pub(crate) fn body_without(&self, names: &[String]) -> Bytes {
        if let (Some(whole), []) = (self.whole, names) {
            return Bytes::copy_from_slice(whole.as_bytes());
        }
        let len = self.members.iter().map(|(name, value)| name.len() + value.get().len() + 4);
        let mut json = String::with_capacity(len.sum::<usize>() + 2);
        json.push('{');
        for (name, value) in
            self.members.iter().filter(|(name, _)| !names.iter().any(|other| name == other))
        {
            if json.len() > 1 {
                json.push(',');
            }
            match name {
                // A borrowed name has no escapes, so it is copied as it is.
                Cow::Borrowed(name) => json.extend(["\"", name, "\""]),
                Cow::Owned(name) => json.push_str(&Value::from(name.as_str()).to_string()),
            }
            json.push(':');
            json.push_str(value.get());
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

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Text(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

/// Parses the value of an argument.
fn value(json: &RawValue) -> Value {
    // Cannot fail: parsing the message has validated its JSON.
    serde_json::from_str(json.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &str) -> Option<Arguments<'_>> {
        Arguments::read(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn arguments_are_passed_as_they_were_written() {
        let written = r#"{ "b": 1.50, "a": [ 18446744073709551616 ] }"#;
        assert_eq!(read(written).unwrap().body_without(&[]), written);
        assert_eq!(Arguments::default().body_without(&[]), "{}");
        let mut rest = read(r#"{ "a\"": 1, "b": 2.0, "c": { } }"#).unwrap();
        assert_eq!(rest.take("b"), Some(json!(2.0)));
        assert_eq!(rest.take("b"), None);
        assert_eq!(rest.body_without(&[]), r#"{"a\"":1,"c":{ }}"#);
        assert_eq!(rest.body_without(&["c".to_owned()]), r#"{"a\"":1}"#);
        assert_eq!(rest.get("c").map(RawValue::get), Some("{ }"));
        assert!(rest.get("b").is_none());
    }

    #[test]
    fn of_a_repeated_argument_the_last_one_counts_everywhere() {
        let arguments = read(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap();
        assert_eq!(arguments.body_without(&[]), r#"{"a":3,"b":2}"#);
        assert_eq!(arguments.values(), *json!({ "a": 3, "b": 2 }).as_object().unwrap());
    }

    #[test]
    fn what_is_no_object_is_no_list_of_arguments() {
        assert!(read("[]").is_none());
        assert!(read("null").is_none());
    }
}
