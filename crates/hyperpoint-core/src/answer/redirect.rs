//! Where a redirect leads.

use http::StatusCode;

/// Where a redirect leads, and whether for good. A text is a temporary one (302) within the host.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Redirect;
///
/// let moved = Redirect::to("/orders").permanent();
/// let away = Redirect::to("https://example.org/").remote();
/// # let _ = (moved, away);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    location: String,
    status: StatusCode,
    is_remote: bool,
}

impl Redirect {
    /// Leads here for now: 302 (RFC 9110 §15.4.3).
    pub fn to(location: impl Into<String>) -> Self {
        Self { location: location.into(), status: StatusCode::FOUND, is_remote: false }
    }

    /// Leads there for good: 301.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.status = StatusCode::MOVED_PERMANENTLY;
        self
    }

    /// Is followed by a GET, whatever the method was: 303.
    #[must_use]
    pub fn see_other(mut self) -> Self {
        self.status = StatusCode::SEE_OTHER;
        self
    }

    /// Is followed by the same method: 307.
    #[must_use]
    pub fn same_method(mut self) -> Self {
        self.status = StatusCode::TEMPORARY_REDIRECT;
        self
    }

    /// May lead to another host. Without it a location that leaves this host is refused, so that
    /// text from a client can't send a user elsewhere.
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.is_remote = true;
        self
    }

    /// The status and the location; none where the location leaves the host unasked.
    pub(super) fn into_parts(self) -> Option<(StatusCode, String)> {
        let rest = self.location.strip_prefix('/');
        // Browsers read `//host` and `/\host` as another host.
        let is_local = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
            // Browsers read a location without its tabs (WHATWG URL).
            && !self.location.contains(|c: char| c.is_ascii_control());
        (is_local || self.is_remote).then_some((self.status, self.location))
    }
}

impl From<&str> for Redirect {
    fn from(location: &str) -> Self {
        Self::to(location)
    }
}

impl From<String> for Redirect {
    fn from(location: String) -> Self {
        Self::to(location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_client_leads_nowhere_else() {
        for location in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            "",
            "x",
        ] {
            assert_eq!(Redirect::from(location).into_parts(), None, "{location}");
        }
        let local = Redirect::from("/a?b=c").into_parts();
        assert_eq!(local, Some((StatusCode::FOUND, "/a?b=c".to_owned())));
        let remote = Redirect::to("https://example.org").permanent().remote().into_parts();
        assert_eq!(remote.map(|(status, _)| status), Some(StatusCode::MOVED_PERMANENTLY));
    }
}
