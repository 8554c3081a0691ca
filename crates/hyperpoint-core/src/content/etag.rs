//! Entity tags, which identify versions of content.

use std::error::Error;
use std::fmt;

use http::HeaderValue;
use uuid::Uuid;

/// The entity tag of one version of a representation, in the header `ETag` (RFC 9110 §8.8.3).
///
/// The types `u32`, `u64`, `i32`, `i64` and [`Uuid`] convert to strong tags. A value can be, for
/// example, the version of a database row.
///
/// # Examples
///
/// ```
/// use hyperpoint::ETag;
///
/// assert_eq!(ETag::from(7_u64).to_string(), r#""7""#);
/// assert_eq!(ETag::weak("build-12")?.to_string(), r#"W/"build-12""#);
/// assert!(ETag::strong("two words").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(HeaderValue);

impl ETag {
    /// Creates a strong tag: representations with the same tag are identical byte for byte.
    ///
    /// # Errors
    ///
    /// [`InvalidETag`] if the text contains a space, a double quote, a control character or a
    /// non-ASCII character.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::ETag;
    ///
    /// assert_eq!(ETag::strong("build-12")?.to_string(), r#""build-12""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn strong(text: impl fmt::Display) -> Result<Self, InvalidETag> {
        Self::parse("", text.to_string())
    }

    /// Creates a weak tag: representations with the same tag are equivalent, but may differ in
    /// bytes.
    ///
    /// # Errors
    ///
    /// The same as for [`strong`](Self::strong).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::ETag;
    ///
    /// assert_eq!(ETag::weak("build-12")?.to_string(), r#"W/"build-12""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weak(text: impl fmt::Display) -> Result<Self, InvalidETag> {
        Self::parse("W/", text.to_string())
    }

    fn parse(prefix: &str, text: String) -> Result<Self, InvalidETag> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
            return Err(InvalidETag(text));
        }
        match HeaderValue::try_from(format!("{prefix}\"{text}\"")) {
            Ok(value) => Ok(Self(value)),
            Err(_) => Err(InvalidETag(text)),
        }
    }

    /// Converts the tag to a header value.
    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }

    /// Returns the parsed tag, for comparison. Never `None`: the constructors validate the tag.
    pub(super) fn tag(&self) -> Option<Tag<'_>> {
        Tag::parse(self.0.as_bytes())
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Implements the conversion from types whose `Display` output is always a valid tag.
macro_rules! from_plain {
    ($($plain:ty)*) => {$(
        impl From<$plain> for ETag {
            fn from(plain: $plain) -> Self {
                let quoted = HeaderValue::try_from(format!("\"{plain}\""));
                Self(quoted.expect("digits, letters and dashes are valid in a tag"))
            }
        }
    )*};
}

from_plain!(u32 u64 i32 i64 Uuid);

/// The error for an invalid entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidETag(String);

impl fmt::Display for InvalidETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(f, "{text:?} is not a valid entity tag; use ASCII without spaces and quotes")
    }
}

impl Error for InvalidETag {}

/// An entity tag, parsed from a header value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Parses a header value that is a single tag. Returns `None` if it is invalid.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::first(bytes.trim_ascii())?;
        rest.is_empty().then_some(tag)
    }

    /// Parses a list of tags. If the list is invalid, returns no tags, so that no precondition
    /// matches by accident.
    pub(super) fn list(bytes: &'a [u8]) -> Vec<Self> {
        let mut tags = Vec::new();
        let mut rest = bytes.trim_ascii_start();
        while !rest.is_empty() {
            // Empty elements are ignored (RFC 9110 §5.6.1.2).
            if let Some(after) = rest.strip_prefix(b",") {
                rest = after.trim_ascii_start();
                continue;
            }
            let Some((tag, after)) = Self::first(rest) else {
                return Vec::new();
            };
            tags.push(tag);
            rest = after.trim_ascii_start();
            if !rest.is_empty() && !rest.starts_with(b",") {
                return Vec::new();
            }
        }
        tags
    }

    /// Parses the tag at the start of the bytes, and returns it with the remaining bytes. Returns
    /// `None` if the bytes do not start with a valid tag.
    fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (is_weak, quoted) = match bytes.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, bytes),
        };
        let text = quoted.strip_prefix(b"\"")?;
        let end = text.iter().position(|&byte| byte == b'"')?;
        let (opaque, rest) = text.split_at_checked(end)?;
        let is_etagc = |&byte: &u8| byte == 0x21 || (0x23..=0x7e).contains(&byte) || byte >= 0x80;
        let rest = rest.strip_prefix(b"\"")?;
        opaque.iter().all(is_etagc).then_some((Self { is_weak, opaque }, rest))
    }

    /// Returns whether both tags match by strong comparison (RFC 9110 §8.8.3.2).
    pub(super) fn matches_strongly(self, other: Self) -> bool {
        !self.is_weak && self == other
    }

    /// Returns whether both tags match by weak comparison (RFC 9110 §8.8.3.2).
    pub(super) fn matches_weakly(self, other: Self) -> bool {
        self.opaque == other.opaque
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, expected: &[(bool, &str)]) {
        let tags = Tag::list(list.as_bytes());
        let tags: Vec<_> = tags
            .iter()
            .map(|tag| (tag.is_weak, std::str::from_utf8(tag.opaque).unwrap()))
            .collect();
        assert_eq!(tags, expected, "{list}");
    }

    #[test]
    fn an_invalid_list_has_no_tags() {
        check("", &[]);
        check(r#""a""#, &[(false, "a")]);
        check(r#" "a,b" ,, W/"c","" ,"#, &[(false, "a,b"), (true, "c"), (false, "")]);
        for bad in ["a", r#""a"#, r#""a" "b""#, r#"w/"a""#, r#""a b""#, r#""a", b"#] {
            check(bad, &[]);
        }
    }

    #[test]
    fn a_weak_tag_never_matches_strongly() {
        let tag = |text: &'static str| Tag::parse(text.as_bytes()).unwrap();
        assert!(tag(r#""1""#).matches_strongly(tag(r#""1""#)));
        assert!(!tag(r#"W/"1""#).matches_strongly(tag(r#"W/"1""#)));
        assert!(tag(r#"W/"1""#).matches_weakly(tag(r#""1""#)));
        assert!(!tag(r#""1""#).matches_weakly(tag(r#""2""#)));
    }
}
