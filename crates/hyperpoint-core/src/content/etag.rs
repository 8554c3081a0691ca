//! Entity tags: the name of one version of a content.

use std::error::Error;
use std::fmt;

use http::HeaderValue;
use uuid::Uuid;

/// The name of one version of what is answered, in the header `ETag` (RFC 9110 §8.8.3).
///
/// A number or a [`Uuid`] is one by itself: the version of a row does.
///
/// # Example
///
/// ```
/// use hyperpoint_core::ETag;
///
/// assert_eq!(ETag::from(7_u64).to_string(), r#""7""#);
/// assert_eq!(ETag::weak("build-12")?.to_string(), r#"W/"build-12""#);
/// assert!(ETag::strong("two words").is_err());
/// # Ok::<(), hyperpoint_core::content::InvalidETag>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(HeaderValue);

impl ETag {
    /// Names a version whose bytes are the same wherever the tag is.
    ///
    /// # Errors
    ///
    /// [`InvalidETag`] for a text with a space, a quote, a control character, or what is not ASCII.
    pub fn strong(text: impl fmt::Display) -> Result<Self, InvalidETag> {
        Self::parse("", text.to_string())
    }

    /// Names a version that means the same wherever the tag is, though its bytes may differ.
    ///
    /// # Errors
    ///
    /// As [`strong`](Self::strong).
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

    /// The tag as a header has it.
    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }

    /// The tag as it is compared.
    pub(super) fn tag(&self) -> Option<Tag<'_>> {
        Tag::parse(self.0.as_bytes())
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Tags that need no check.
macro_rules! from_plain {
    ($($plain:ty)*) => {$(
        impl From<$plain> for ETag {
            fn from(plain: $plain) -> Self {
                let quoted = HeaderValue::try_from(format!("\"{plain}\""));
                Self(quoted.expect("digits, letters and dashes are what a tag may have"))
            }
        }
    )*};
}

from_plain!(u32 u64 i32 i64 Uuid);

/// A text that can't be an entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidETag(String);

impl fmt::Display for InvalidETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(f, "{text:?} is no entity tag; leave spaces, quotes and what is not ASCII out of it")
    }
}

impl Error for InvalidETag {}

/// A tag as it stands in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// The tag that these bytes are.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::first(bytes.trim_ascii())?;
        rest.is_empty().then_some(tag)
    }

    /// The tags of a list. What is no list of tags has none: no condition holds by accident.
    pub(super) fn list(bytes: &'a [u8]) -> Vec<Self> {
        let mut tags = Vec::new();
        let mut rest = bytes.trim_ascii_start();
        while !rest.is_empty() {
            // Empty elements are passed over (RFC 9110 §5.6.1.2).
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

    /// The tag that these bytes begin with, and what is behind it.
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

    /// Whether both name one version, byte for byte (RFC 9110 §8.8.3.2).
    pub(super) fn is_strongly(self, other: Self) -> bool {
        !self.is_weak && self == other
    }

    /// Whether both name one version, by its meaning.
    pub(super) fn is_weakly(self, other: Self) -> bool {
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
    fn a_list_is_read_to_its_end_or_not_at_all() {
        check("", &[]);
        check(r#""a""#, &[(false, "a")]);
        check(r#" "a,b" ,, W/"c","" ,"#, &[(false, "a,b"), (true, "c"), (false, "")]);
        for bad in ["a", r#""a"#, r#""a" "b""#, r#"w/"a""#, r#""a b""#, r#""a", b"#] {
            check(bad, &[]);
        }
    }

    #[test]
    fn a_weak_tag_is_never_the_same_byte_for_byte() {
        let tag = |text: &'static str| Tag::parse(text.as_bytes()).unwrap();
        assert!(tag(r#""1""#).is_strongly(tag(r#""1""#)));
        assert!(!tag(r#"W/"1""#).is_strongly(tag(r#"W/"1""#)));
        assert!(tag(r#"W/"1""#).is_weakly(tag(r#""1""#)));
        assert!(!tag(r#""1""#).is_weakly(tag(r#""2""#)));
    }
}
