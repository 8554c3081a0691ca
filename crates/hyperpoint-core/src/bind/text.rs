//! Deserialization of values sent as text: route parameters, query and form fields, headers,
//! cookies.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::de::value::{
    BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, SeqDeserializer,
};
use serde::de::{self, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

#[cfg(feature = "multipart")]
use serde::de::value::UsizeDeserializer;

#[cfg(feature = "multipart")]
use super::from::FILE_NEWTYPE;
use super::schema::{Kind, Scalar};

/// A decoded name and value.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A map deserializer over fields that were sent as text.
pub(super) type TextMap<'de> =
    MapDeserializer<'de, std::vec::IntoIter<(&'de str, TextValues<'de>)>, Error>;

/// Maximum number of names that are searched linearly; with more, a map is built.
const FEW: usize = 16;

/// Decodes the pairs of a query or a form (`application/x-www-form-urlencoded`, WHATWG URL).
pub(super) fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    form_urlencoded::parse(text).collect()
}

/// Groups pairs by name, each name once with all its values, and skips the names that `is_skipped`
/// selects.
pub(super) fn gather<'a>(
    pairs: &'a [Pair<'_>],
    is_skipped: impl Fn(&str) -> bool,
    kind: impl Fn(&str) -> Kind,
) -> TextMap<'a> {
    let mut fields: Vec<(&str, TextValues<'_>)> = Vec::new();
    // A client may send thousands of names.
    let mut indexes: HashMap<&str, usize> = HashMap::new();
    for (name, value) in pairs.iter().filter(|(name, _)| !is_skipped(name)) {
        let index = if fields.len() < FEW {
            fields.iter().position(|(known, _)| known == name)
        } else {
            if indexes.is_empty() {
                indexes.extend(fields.iter().map(|field| field.0).zip(0..));
            }
            indexes.get(&**name).copied()
        };
        if let Some((_, values)) = index.and_then(|index| fields.get_mut(index)) {
            values.push(Sent::Text(value));
            continue;
        }
        if !indexes.is_empty() {
            indexes.insert(name, fields.len());
        }
        fields.push((name, TextValues::one(value, kind(name))));
    }
    MapDeserializer::new(fields.into_iter())
}

/// The text values of one field. A list takes all of them, a boolean is true if any of them is, and
/// any other type needs exactly one.
#[derive(Clone, Debug)]
pub(super) struct TextValues<'de> {
    values: Values<'de>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Values<'de> {
    One(&'de str),
    Several(Vec<&'de str>),
    /// The parts of an object or a list, by their names. Boxed to keep the enum small.
    Parts(Box<Parts<'de>>),
    /// The indexes of files.
    #[cfg(feature = "multipart")]
    Files(Vec<usize>),
    /// Unusable values, with the reason.
    Broken(&'static str),
}

type Parts<'de> = BTreeMap<&'de str, TextValues<'de>>;

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

    /// The values of a field before the first one is added.
    pub(super) fn none(kind: Kind) -> Self {
        Self { values: Values::Several(Vec::new()), kind }
    }

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
                self.values = Values::Files(vec![index])
            }
            Values::Files(files) => files.push(index),
            Values::Parts(_) => self.refuse(BOTH),
            Values::One(_) | Values::Several(_) => self.refuse(FILE_AND_TEXT),
            Values::Broken(_) => {}
        }
    }

    /// Adds the value of a part. `kind` returns the kind of the part with these names.
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

    /// Makes the values unusable.
    pub(super) fn refuse(&mut self, reason: &'static str) {
        self.values = Values::Broken(reason);
    }

    fn get(&self) -> Result<&'de str, Error> {
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

    /// Returns the index of the only file.
    #[cfg(feature = "multipart")]
    fn file(&self) -> Result<usize, Error> {
        match &self.values {
            Values::Files(files) => match files.as_slice() {
                [index] => Ok(*index),
                files => Err(Error::custom(format!("expected one file, found {}", files.len()))),
            },
            Values::Broken(reason) => Err(Error::custom(reason)),
            _ => Err(Error::custom("expected a file, found text")),
        }
    }

    /// Returns the elements of a list, in order.
    fn elements(parts: Parts<'de>) -> Result<Vec<Self>, Error> {
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
            Values::Parts(_) => Err(Error::custom("has parts after `[]`; write an index, `[0]`")),
            #[cfg(feature = "multipart")]
            Values::Files(files) => {
                Ok(files.into_iter().map(|index| self_of(index, self.kind)).collect())
            }
            Values::Broken(reason) => Err(Error::custom(reason)),
        }
    }

    fn parse<T: FromStr>(&self, expected: &str) -> Result<T, Error> {
        let value = self.get()?;
        value.parse().map_err(|_unparsed| {
            Error::invalid_value(de::Unexpected::Str(value), &Expected(expected))
        })
    }

    /// Returns the only value, or whether any of several values is true: a form repeats the name of
    /// a checkbox in a hidden field, so that an unchecked one is sent too.
    fn boolean(&self) -> Result<bool, Error> {
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

    /// Parses a number that JSON can represent: infinity and NaN would pass many range checks.
    fn finite<T: FromStr + Into<f64> + Copy>(&self) -> Result<T, Error> {
        let value = self.get()?;
        finite(value).ok_or_else(|| {
            Error::invalid_value(de::Unexpected::Str(value), &Expected("a finite number"))
        })
    }

    /// Visits the value according to its kind, for types that accept any value: mostly flattened
    /// types.
    fn visit_kind<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.kind.scalar == Scalar::Boolean
            && let Ok(value) = self.boolean()
        {
            return visitor.visit_bool(value);
        }
        let value = self.get()?;
        match self.kind.scalar {
            // For a flattened type, serde buffers the value without asking for an option, so null
            // is decided here.
            scalar if value.is_empty() && self.kind.is_nullable && scalar != Scalar::Text => {
                return visitor.visit_none();
            }
            Scalar::Integer => {
                if let Ok(value) = value.parse() {
                    return visitor.visit_u64(value);
                }
                if let Ok(value) = value.parse() {
                    return visitor.visit_i64(value);
                }
            }
            Scalar::Number => {
                if let Some(value) = finite(value) {
                    return visitor.visit_f64(value);
                }
            }
            _ => {}
        }
        visitor.visit_borrowed_str(value)
    }
}

/// One value as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent<'de> {
    Text(&'de str),
    /// The index of a file.
    #[cfg(feature = "multipart")]
    File(usize),
}

#[cfg(feature = "multipart")]
fn self_of<'de>(index: usize, kind: Kind) -> TextValues<'de> {
    TextValues { values: Values::Files(vec![index]), kind }
}

/// Presents the index of a file as no text and no JSON can.
#[cfg(feature = "multipart")]
struct FileIndex(usize);

#[cfg(feature = "multipart")]
impl<'de> Deserializer<'de> for FileIndex {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let index: UsizeDeserializer<Error> = self.0.into_deserializer();
        visitor.visit_some(index)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(feature = "multipart")]
const FILE_AND_TEXT: &str = "is sent as a file and as text; send one of the two";

const BOTH: &str = "is sent as a value and by its parts; send one of the two";

/// Parses the index of an element, in its shortest form.
fn index(name: &str) -> Result<usize, Error> {
    let is_short = name == "0" || !name.starts_with('0');
    let is_number = is_short && name.bytes().all(|byte| byte.is_ascii_digit());
    let index = name.parse().ok().filter(|_| is_number);
    index.ok_or_else(|| {
        Error::invalid_value(de::Unexpected::Str(name), &Expected("the index of a list"))
    })
}

/// Parses a boolean as programs and browsers write it: a checked checkbox is `on`.
fn truth(value: &str) -> Option<bool> {
    let is_any = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    match value {
        _ if is_any(&["true", "on", "1"]) => Some(true),
        _ if is_any(&["false", "0"]) => Some(false),
        _ => None,
    }
}

fn finite<T: FromStr + Into<f64> + Copy>(value: &str) -> Option<T> {
    value.parse().ok().filter(|number: &T| (*number).into().is_finite())
}

/// Presents the parts of an object as a map, whose keys may be numbers.
fn map<'de>(
    parts: Parts<'de>,
) -> MapDeserializer<'de, impl Iterator<Item = (TextValues<'de>, TextValues<'de>)>, Error> {
    let key = |name| TextValues::one(name, Kind::default());
    MapDeserializer::new(parts.into_iter().map(move |(name, value)| (key(name), value)))
}

struct Expected<'a>(&'a str);

impl de::Expected for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Writes methods that parse the text as one kind of value.
macro_rules! parse {
    ($($method:ident $visit:ident $expected:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse($expected)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for TextValues<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind.is_list {
            true => self.deserialize_seq(visitor),
            false => match self.values {
                Values::Parts(_) => self.deserialize_map(visitor),
                #[cfg(feature = "multipart")]
                Values::Files(_) => visitor.visit_some(FileIndex(self.file()?)),
                _ => self.visit_kind(visitor),
            },
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.get()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.get()?)
    }

    parse! {
        deserialize_i8 visit_i8 "an integer from -128 to 127"
        deserialize_i16 visit_i16 "an integer of 16 bits"
        deserialize_i32 visit_i32 "an integer of 32 bits"
        deserialize_i64 visit_i64 "an integer of 64 bits"
        deserialize_i128 visit_i128 "an integer of 128 bits"
        deserialize_u8 visit_u8 "an integer from 0 to 255"
        deserialize_u16 visit_u16 "a positive integer of 16 bits"
        deserialize_u32 visit_u32 "a positive integer of 32 bits"
        deserialize_u64 visit_u64 "a positive integer of 64 bits"
        deserialize_u128 visit_u128 "a positive integer of 128 bits"
        deserialize_char visit_char "one character"
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(self.finite()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.finite()?)
    }

    /// An empty field of a browser's form is sent as an empty text.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_text = self.kind.scalar == Scalar::Text || self.kind.is_list;
        match self.values {
            Values::One("") if !is_text => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        #[cfg(feature = "multipart")]
        if _name == FILE_NEWTYPE {
            return visitor.visit_some(FileIndex(self.file()?));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let kind = Kind { is_list: false, ..self.kind };
        let one = |value| TextValues::one(value, kind);
        match self.values {
            Values::One("") if kind.scalar != Scalar::Text => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<TextValues<'_>>()))
            }
            Values::One(value) => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::once(one(value))))
            }
            Values::Several(values) => {
                visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(one)))
            }
            Values::Parts(parts) => {
                visitor.visit_seq(SeqDeserializer::new(Self::elements(*parts)?.into_iter()))
            }
            #[cfg(feature = "multipart")]
            Values::Files(files) => {
                let files = files.into_iter().map(|index| self_of(index, kind));
                visitor.visit_seq(SeqDeserializer::new(files))
            }
            Values::Broken(reason) => Err(Error::custom(reason)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.values {
            Values::Parts(parts) => visitor.visit_map(map(*parts)),
            _ => self.visit_kind(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.values {
            Values::Parts(parts) => {
                MapAccessDeserializer::new(map(*parts)).deserialize_enum("", &[], visitor)
            }
            _ => visitor.visit_enum(BorrowedStrDeserializer::new(self.get()?)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit_struct tuple_struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Error> for TextValues<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_grouped_by_name() {
        let query: Vec<_> = (0..5_000).map(|name| format!("k{}=v", name % 2_500)).collect();
        let query = query.join("&");
        let pairs = pairs(query.as_bytes());
        let gathered = gather(&pairs, |name| name == "k7", |_| Kind::default());
        let fields: HashMap<String, Vec<String>> =
            serde::Deserialize::deserialize(gathered).unwrap();
        assert_eq!(fields.len(), 2_499);
        assert!(fields.values().all(|values| values.len() == 2));
    }
}
