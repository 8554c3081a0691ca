//! The sources that a field can choose by its type.

/// The schema keyword that announces a file of a form.
pub(in crate::bind) const FILE_KEYWORD: &str = "x-hyperpoint-file";

/// The serde newtype name that announces a file of a form.
#[cfg(feature = "multipart")]
pub(in crate::bind) const FILE_NEWTYPE: &str = "hyperpoint::from::File";

/// The source that the type of a request field chooses. Only this module defines the names by which field
/// types announce their source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The query of the request target.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// The claims of the user.
    Claim,
    /// The whole body, as a form.
    Form,
    /// The whole body, as JSON.
    Body,
}

impl Source {
    /// The schema keyword that announces the source of a field at start-up; its value is
    /// [`word`](Self::word).
    pub const KEYWORD: &str = "x-hyperpoint-from";

    const ALL: [Self; 6] =
        [Self::Query, Self::Header, Self::Cookie, Self::Claim, Self::Form, Self::Body];

    /// Returns the serde newtype name that announces the source during binding and serialization.
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

    /// Returns the name of the source in schemas and messages.
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

    /// Returns the source that a serde newtype announces, or `None` for any other newtype.
    #[must_use]
    pub fn of_newtype(name: &str) -> Option<Self> {
        name.starts_with("hyperpoint::from::").then_some(())?;
        Self::ALL.into_iter().find(|source| source.newtype() == name)
    }

    /// Returns the source of this [`word`](Self::word).
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
