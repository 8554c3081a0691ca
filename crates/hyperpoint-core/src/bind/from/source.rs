//! The sources that the type of a request field can select.

/// The JSON Schema keyword that marks a file in a form.
pub(in crate::bind) const FILE_KEYWORD: &str = "x-hyperpoint-file";

/// The serde newtype name that marks a file in a form.
#[cfg(feature = "multipart")]
pub(in crate::bind) const FILE_NEWTYPE: &str = "hyperpoint::from::File";

/// The source that the type of a request field selects, such as a header for `from::Header`. The
/// names of the source in schemas and in serde newtypes are defined only here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The query string.
    Query,
    /// A request header.
    Header,
    /// A cookie.
    Cookie,
    /// A claim of the authenticated identity.
    Claim,
    /// The whole body, as a form.
    Form,
    /// The whole body, as JSON.
    Body,
}

impl Source {
    /// The JSON Schema keyword for the source of a field, which is read at start-up. Its value is
    /// the [`word`](Self::word) of the source.
    pub const KEYWORD: &str = "x-hyperpoint-from";

    const ALL: [Self; 6] =
        [Self::Query, Self::Header, Self::Cookie, Self::Claim, Self::Form, Self::Body];

    /// Returns the serde newtype name that identifies the source during binding and serialization.
    #[must_use]
    pub const fn newtype(self) -> &'static str {
        match self {
            Self::Query => "hyperpoint::from::Query",
            Self::Header => "hyperpoint::from::Header",
            Self::Cookie => "hyperpoint::from::Cookie",
            Self::Claim => "hyperpoint::from::Claim",
            Self::Form => "hyperpoint::from::Form",
            Self::Body => "hyperpoint::from::Body",
        }
    }

    /// Returns the name of the source in schemas and messages, such as `query`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Claim => "claim",
            Self::Form => "form",
            Self::Body => "body",
        }
    }

    /// Returns the source with this serde newtype name, or `None` for any other newtype.
    #[must_use]
    pub fn of_newtype(name: &str) -> Option<Self> {
        name.starts_with("hyperpoint::from::").then_some(())?;
        Self::ALL.into_iter().find(|source| source.newtype() == name)
    }

    /// Returns the source with this [`word`](Self::word), or `None` if there is no such source.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_found_by_its_newtype_and_its_word() {
        for source in Source::ALL {
            assert_eq!(Source::of_newtype(source.newtype()), Some(source));
            assert_eq!(Source::of_word(source.word()), Some(source));
        }
        assert_eq!(Source::of_newtype("Query"), None);
        assert_eq!(Source::of_word("route"), None);
    }
}
