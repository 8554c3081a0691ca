//! The values of one field, as the client sent them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Error as _};
use serde_json::Error;

use super::schema::Kind;

/// The values of one field, sent as text or as files. A list accepts all values, a boolean is true
/// if any value is true, and any other type requires exactly one value.
#[derive(Clone, Debug)]
pub(super) struct TextValues<'de> {
    pub(super) values: Values<'de>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Values<'de> {
    One(&'de str),
    Several(Vec<&'de str>),
    /// The nested values of an object or a list, by key or index. Boxed to keep the enum small.
    Parts(Box<Parts<'de>>),
    /// The indexes of files in the form.
    #[cfg(feature = "multipart")]
    Files(Vec<usize>),
    /// Invalid values, with the reason.
    Broken(&'static str),
}

pub(super) type Parts<'de> = BTreeMap<&'de str, TextValues<'de>>;

impl<'de> TextValues<'de> {
    pub(super) fn one(value: &'de str, kind: Kind) -> Self {
        Self { values: Values::One(value), kind }
    }

    /// Collects the values, or returns `None` if there are none.
    pub(super) fn all(mut values: impl Iterator<Item = &'de str>, kind: Kind) -> Option<Self> {
        let first = values.next()?;
        let mut all = Self::one(first, kind);
        values.for_each(|value| all.push(Sent::Text(value)));
        Some(all)
    }

    /// Creates an empty list of values for a field.
    pub(super) fn none(kind: Kind) -> Self {
        Self { values: Values::Several(Vec::new()), kind }
    }

    #[cfg_attr(
        not(feature = "multipart"),
        expect(
            clippy::infallible_destructuring_match,
            reason = "with the feature `multipart` there are files"
        )
    )]
    pub(super) fn push(&mut self, value: Sent<'de>) {
        let value = match value {
            Sent::Text(value) => value,
            #[cfg(feature = "multipart")]
            Sent::File(index) => return self.push_file(index),
        };
        match &mut self.values {
            Values::One(first) => self.values = Values::Several(vec![first, value]),
            Values::Several(values) if values.is_empty() => self.values = Values::One(value),
            Values::Several(values) => values.push(value),
            Values::Parts(_) => self.refuse(BOTH),
            #[cfg(feature = "multipart")]
            Values::Files(_) => self.refuse(FILE_AND_TEXT),
            Values::Broken(_) => {}
        }
    }

    #[cfg(feature = "multipart")]
    fn push_file(&mut self, index: usize) {
        match &mut self.values {
            Values::Several(values) if values.is_empty() => {
                self.values = Values::Files(vec![index]);
            }
            Values::Files(files) => files.push(index),
            Values::Parts(_) => self.refuse(BOTH),
            Values::One(_) | Values::Several(_) => self.refuse(FILE_AND_TEXT),
            Values::Broken(_) => {}
        }
    }

    /// Adds a value that was sent under a nested name. `names` are the parts of the name after the
    /// field, such as `0` and `price` for `items[0].price`. `kind` returns the kind of the nested
    /// value that a list of names addresses.
    pub(super) fn add(
        &mut self,
        value: Sent<'de>,
        names: &[&'de str],
        kind: &impl Fn(&[&str]) -> Kind,
    ) {
        let mut at = self;
        for (index, name) in names.iter().enumerate() {
            if matches!(&at.values, Values::Several(values) if values.is_empty()) {
                at.values = Values::Parts(Box::default());
            }
            let parts = match &mut at.values {
                Values::Parts(parts) => parts,
                Values::Broken(_) => return,
                values => {
                    *values = Values::Broken(BOTH);
                    return;
                }
            };
            let names = names.get(..=index).unwrap_or(names);
            at = parts.entry(name).or_insert_with(|| Self::none(kind(names)));
        }
        at.push(value);
    }

    /// Marks the values as invalid, so that binding fails with this reason.
    pub(super) fn refuse(&mut self, reason: &'static str) {
        self.values = Values::Broken(reason);
    }

    pub(super) fn get(&self) -> Result<&'de str, Error> {
        match &self.values {
            Values::One(value) => Ok(value),
            Values::Several(values) => {
                Err(Error::custom(format!("expected one value, found {}", values.len())))
            }
            Values::Parts(_) => Err(Error::custom("expected one value, found an object or a list")),
            #[cfg(feature = "multipart")]
            Values::Files(_) => Err(Error::custom("expected text, found a file")),
            Values::Broken(reason) => Err(Error::custom(reason)),
        }
    }

    /// Returns the index of the file, or an error unless exactly one file was sent.
    #[cfg(feature = "multipart")]
    pub(super) fn file(&self) -> Result<usize, Error> {
        match &self.values {
            Values::Files(files) => match files.as_slice() {
                [index] => Ok(*index),
                files => Err(Error::custom(format!("expected one file, found {}", files.len()))),
            },
            Values::Broken(reason) => Err(Error::custom(reason)),
            _ => Err(Error::custom("expected a file, found text")),
        }
    }

    /// Returns the elements of a list that were sent under nested names, such as `tags[0]`, in the
    /// order of their indexes, or as sent if all names are `tags[]`. Returns an error if the
    /// indexes are not 0, 1, 2 and so on.
    pub(super) fn elements(parts: Parts<'de>) -> Result<Vec<Self>, Error> {
        let count = parts.len();
        let mut elements: Vec<_> = Vec::with_capacity(count);
        for (name, value) in parts {
            if name.is_empty() && count == 1 {
                return value.appended();
            }
            elements.push((index(name)?, value));
        }
        elements.sort_unstable_by_key(|(index, _)| *index);
        match elements.iter().map(|(index, _)| *index).ne(0..count) {
            true => Err(Error::custom("is a list whose indexes are not 0, 1, 2 and so on")),
            false => Ok(elements.into_iter().map(|(_, value)| value).collect()),
        }
    }

    /// Returns the elements that were sent under one name that ends in `[]`.
    fn appended(self) -> Result<Vec<Self>, Error> {
        let one = |value| Self::one(value, self.kind);
        match self.values {
            Values::One(value) => Ok(vec![one(value)]),
            Values::Several(values) => Ok(values.into_iter().map(one).collect()),
            Values::Parts(_) => {
                Err(Error::custom("has parts after `[]`; write an index, such as `[0]`"))
            }
            #[cfg(feature = "multipart")]
            Values::Files(files) => {
                Ok(files.into_iter().map(|index| file_of(index, self.kind)).collect())
            }
            Values::Broken(reason) => Err(Error::custom(reason)),
        }
    }

    pub(super) fn parse<T: FromStr>(&self, expected: &str) -> Result<T, Error> {
        let value = self.get()?;
        value.parse().map_err(|_unparsed| {
            Error::invalid_value(de::Unexpected::Str(value), &Expected(expected))
        })
    }

    /// Returns whether any value is true, or an error if any value is not a boolean. Several values
    /// are accepted because forms often repeat the name of a checkbox in a hidden field, which is
    /// sent even if the checkbox is unchecked.
    pub(super) fn boolean(&self) -> Result<bool, Error> {
        let parse = |value: &str| {
            truth(value).ok_or_else(|| {
                Error::invalid_value(de::Unexpected::Str(value), &Expected("true or false"))
            })
        };
        match &self.values {
            Values::One(value) => parse(value),
            Values::Several(values) => {
                values.iter().try_fold(false, |is_true, value| Ok(parse(value)? || is_true))
            }
            _ => parse(self.get()?),
        }
    }

    /// Parses a finite number. JSON cannot represent infinity and NaN, which also pass many range
    /// checks.
    pub(super) fn finite<T: FromStr + Into<f64> + Copy>(&self) -> Result<T, Error> {
        let value = self.get()?;
        finite(value).ok_or_else(|| {
            Error::invalid_value(de::Unexpected::Str(value), &Expected("a finite number"))
        })
    }
}

/// One value, as the client sent it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent<'de> {
    Text(&'de str),
    /// The index of a file in the form.
    #[cfg(feature = "multipart")]
    File(usize),
}

#[cfg(feature = "multipart")]
pub(super) fn file_of<'de>(index: usize, kind: Kind) -> TextValues<'de> {
    TextValues { values: Values::Files(vec![index]), kind }
}

#[cfg(feature = "multipart")]
const FILE_AND_TEXT: &str = "is sent as a file and as text; send one of the two";

const BOTH: &str = "is sent both as one value and in parts; send one of the two";

/// Parses the index of a list element: decimal digits without leading zeros.
fn index(name: &str) -> Result<usize, Error> {
    let is_short = name == "0" || !name.starts_with('0');
    let is_number = is_short && name.bytes().all(|byte| byte.is_ascii_digit());
    let index = name.parse().ok().filter(|_| is_number);
    index.ok_or_else(|| {
        Error::invalid_value(de::Unexpected::Str(name), &Expected("the index of a list"))
    })
}

/// Parses a boolean, ignoring case: `true`, `1`, or `on`, which browsers send for a checked
/// checkbox, and `false` or `0`. Returns `None` for any other text.
fn truth(value: &str) -> Option<bool> {
    let is_any = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    match value {
        _ if is_any(&["true", "on", "1"]) => Some(true),
        _ if is_any(&["false", "0"]) => Some(false),
        _ => None,
    }
}

pub(super) fn finite<T: FromStr + Into<f64> + Copy>(value: &str) -> Option<T> {
    value.parse().ok().filter(|number: &T| (*number).into().is_finite())
}

struct Expected<'a>(&'a str);

impl de::Expected for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
