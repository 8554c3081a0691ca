//! Placeholders such as `<guid 1>`: made up when they are sent first, or taken from an answer.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A text in which placeholders stand, as its pieces.
enum Piece<'t> {
    Text(&'t str),
    Placeholder(&'t str),
}

const KINDS: [&str; 9] =
    ["text", "jwt for", "guid", "hex32", "ticks", "int", "random int", "utc now", "boundary"];

/// The values of placeholders within a test.
#[derive(Default)]
pub(crate) struct Values(HashMap<String, String>);

impl Values {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (&**name, &**value));
        all.filter(|(name, _)| name.starts_with("jwt for"))
    }

    /// The text with a value in place of each placeholder.
    pub(crate) fn fill(&mut self, text: &str) -> String {
        let pieces = pieces(text).into_iter().map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Placeholder(name) => {
                self.0.entry(name.to_owned()).or_insert_with(|| made_up(name)).clone()
            }
        });
        pieces.collect()
    }

    pub(crate) fn fill_json(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, it)| (self.fill(name), self.fill_json(it))).collect()
            }
            other => other.clone(),
        }
    }

    /// Compares a text; a placeholder that is met for the first time takes what stands in its place.
    ///
    /// # Errors
    ///
    /// What is not the same.
    pub(crate) fn compare(&mut self, expected: &str, actual: &str) -> Result<(), String> {
        let differs = || format!("{actual:?}, not {expected:?}");
        let pieces = pieces(expected);
        let mut rest = actual;
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text).ok_or_else(differs)?,
                Piece::Placeholder(name) => {
                    let end = match pieces.get(index + 1) {
                        Some(Piece::Text(next)) => rest.find(next).ok_or_else(differs)?,
                        _ => rest.len(),
                    };
                    let (value, after) = rest.split_at(end);
                    rest = after;
                    self.take(name, value).ok_or_else(differs)?;
                }
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(differs()) }
    }

    /// Sets the value of a placeholder. `None` if it has another one, or if the value is of another kind.
    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        let is_free = ["text", "utc now", "random int"].iter().any(|kind| name.starts_with(kind));
        if let Some(known) = self.get(name).filter(|_| !is_free) {
            return is_same(name, known, value).then_some(());
        }
        has_shape(name, value).then(|| self.set(name, value.to_owned()))
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(start) = rest[from..].find('<').map(|start| from + start) {
        let name = rest[start + 1..].split_once('>').map(|(name, _)| name);
        match name.filter(|name| KINDS.iter().any(|kind| name.starts_with(kind))) {
            Some(name) => {
                pieces.push(Piece::Text(&rest[..start]));
                pieces.push(Piece::Placeholder(name));
                rest = &rest[start + name.len() + 2..];
                from = 0;
            }
            None => from = start + 1,
        }
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| !matches!(piece, Piece::Text("")));
    pieces
}

fn made_up(name: &str) -> String {
    let hex = |digits| (0..digits).map(|_| fastrand::digit(16)).collect::<String>();
    match name.split(' ').next() {
        Some("guid") => format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12)),
        Some("hex32") => hex(32),
        _ => fastrand::u32(1..1000).to_string(),
    }
}

/// Whether two values of a placeholder are the same. Two tokens are the same if they differ only in their
/// times, because a token that is issued a second later has other times.
fn is_same(name: &str, known: &str, value: &str) -> bool {
    let claims = |token: &str| {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let mut claims: Value = serde_json::from_slice(&payload).ok()?;
        let members = claims.as_object_mut()?;
        members.retain(|name, _| !["iat", "exp"].contains(&&**name));
        Some(claims)
    };
    known == value
        || name.starts_with("jwt for")
            && has_shape(name, value)
            && claims(known).is_some_and(|known| Some(known) == claims(value))
}

fn has_shape(name: &str, value: &str) -> bool {
    let is_hex = |text: &str| text.chars().all(|digit| digit.is_ascii_hexdigit());
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    match name.split(' ').next().unwrap_or_default() {
        "guid" => value.len() == 36 && value.split('-').all(is_hex),
        "hex32" => value.len() == 32 && is_hex(value),
        "jwt" => value.split('.').count() == 3 && value.split('.').all(is_word),
        "utc" => value.len() > 10 && value.as_bytes()[10] == b'T',
        "text" => !value.is_empty(),
        _ => value.parse::<u64>().is_ok(),
    }
}

#[test]
fn placeholders_take_what_fits_and_keep_it() {
    let mut values = Values::default();
    let token = "a.b-c.d";
    assert!(values.compare("Bearer <jwt for ann>!", &format!("Bearer {token}!")).is_ok());
    assert_eq!(values.fill("<jwt for ann>|<b>"), format!("{token}|<b>"));
    assert!(values.compare("<jwt for ann>", "a.b.c").is_err());
    let token = |claims: &str| format!("a.{}.c", URL_SAFE_NO_PAD.encode(claims));
    values.set("jwt for bob", token(r#"{"sub":"bob","iat":1,"exp":2}"#));
    let later = token(r#"{"sub":"bob","iat":3,"exp":4}"#);
    assert!(values.compare("<jwt for bob>", &later).is_ok());
    assert!(values.compare("<jwt for bob>", &token(r#"{"sub":"ann","iat":1,"exp":2}"#)).is_err());
    for (expected, actual) in [
        ("<guid 1>", "7"),
        ("<hex32 1>", "abc"),
        ("<text>", ""),
        ("<utc now + 1 day>", "2026-01-01"),
        ("x<int 1>", "x7y"),
    ] {
        assert!(Values::default().compare(expected, actual).is_err(), "{expected}: {actual}");
    }
}
