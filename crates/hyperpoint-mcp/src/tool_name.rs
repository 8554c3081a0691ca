//! The names of tools (MCP 2026-07-28, Tools, Tool Names).

use std::collections::BTreeMap;

/// Maximum length of a tool name, in characters.
const MAX_CHARS: usize = 128;

/// Returns why a name is invalid, or `None` if it is valid.
pub(crate) fn fault(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let length = name.chars().count();
    if !(1..=MAX_CHARS).contains(&length) {
        return Some(format!(
            "the tool name `{name}` has {length} characters; use 1 to {MAX_CHARS}"
        ));
    }
    (!name.chars().all(is_plain)).then(|| {
        format!(
            "the tool name `{name}` has characters other than ASCII letters, digits, `_`, `-` \
             and `.`; remove them"
        )
    })
}

/// The place of the endpoint that has each tool name. The names are in lower case, because clients
/// may compare names without regard to case.
#[derive(Debug, Default)]
pub(crate) struct TakenNames(BTreeMap<String, String>);

impl TakenNames {
    /// Registers a name for the endpoint that `place` identifies. Returns the place of the endpoint
    /// that had the name before, or `None` if the name was free.
    pub(crate) fn take(&mut self, name: &str, place: &str) -> Option<String> {
        self.0.insert(name.to_ascii_lowercase(), place.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(fault("admin.find_Order-2"), None);
        assert!(fault("").is_some() && fault(&"a".repeat(129)).is_some());
        assert!(fault("find order").is_some() && fault("größe").is_some());
    }

    #[test]
    fn the_length_of_a_name_is_counted_in_characters() {
        let fault = fault(&"ü".repeat(70)).unwrap();
        assert!(fault.contains("characters other than ASCII letters"), "{fault}");
    }

    #[test]
    fn names_that_differ_by_case_clash() {
        let mut taken = TakenNames::default();
        assert_eq!(taken.take("find", "A"), None);
        assert_eq!(taken.take("Find", "B").as_deref(), Some("A"));
    }
}
