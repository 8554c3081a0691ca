//! The sources that a field can ask for by its type.

/// Where a field of a request comes from, as its type asks for it. The names by which a type
/// announces its source stand here alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The query of the target.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// What is known of the user.
    Claim,
    /// The whole body, a form.
    Form,
    /// The whole body, JSON.
    Body,
}

impl Source {
    /// The schema keyword by which a field announces its source at start-up; its value is
    /// [`word`](Self::word).
    pub const KEYWORD: &str = "x-hyperpoint-from";

    const ALL: [Self; 6] =
        [Self::Query, Self::Header, Self::Cookie, Self::Claim, Self::Form, Self::Body];

    /// The serde newtype name by which a field announces its source, while it is bound and while
    /// it is serialized.
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

    /// The source in one word, in schemas and in texts.
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

    /// The source that a serde newtype announces; none for a newtype of somebody else.
    #[must_use]
    pub fn of_newtype(name: &str) -> Option<Self> {
        name.starts_with("hyperpoint::from::").then_some(())?;
        Self::ALL.into_iter().find(|source| source.newtype() == name)
    }

    /// The source of this [`word`](Self::word).
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_found_by_its_names() {
        for source in Source::ALL {
            assert_eq!(Source::of_newtype(source.newtype()), Some(source));
            assert_eq!(Source::of_word(source.word()), Some(source));
        }
        assert_eq!(Source::of_newtype("Query"), None);
        assert_eq!(Source::of_word("route"), None);
    }
}
