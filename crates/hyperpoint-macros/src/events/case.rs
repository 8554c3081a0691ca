//! Conversion of variant names to another case, by the rules of serde. This module does not depend
//! on attributes.

/// A naming convention, as in serde's `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

/// The cases, with their names in serde.
const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    /// Returns the case with this serde name, or `None` if the name is unknown.
    pub(super) fn named(name: &str) -> Option<Self> {
        CASES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// Returns the names of all cases, for an error message.
    pub(super) fn names() -> String {
        CASES.map(|(name, _)| format!("`{name}`")).join(", ")
    }

    /// Converts the name of a variant from `PascalCase` to this case.
    pub(super) fn spell(self, variant: &str) -> String {
        match self {
            Self::Pascal => variant.to_owned(),
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Camel => {
                let mut letters = variant.chars();
                let first = letters.next().map(|first| first.to_ascii_lowercase());
                first.into_iter().chain(letters).collect()
            }
            Self::Snake => separated(variant, '_'),
            Self::ScreamingSnake => separated(variant, '_').to_ascii_uppercase(),
            Self::Kebab => separated(variant, '-'),
            Self::ScreamingKebab => separated(variant, '-').to_ascii_uppercase(),
        }
    }
}

/// Converts a name to lower case, and inserts a separator before each upper-case letter that is not
/// at the start of the name. An underscore in the name becomes a separator too.
fn separated(variant: &str, separator: char) -> String {
    let mut spelled = String::new();
    for (at, letter) in variant.char_indices() {
        if at > 0 && letter.is_uppercase() {
            spelled.push(separator);
        }
        spelled.push(if letter == '_' { separator } else { letter.to_ascii_lowercase() });
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(case: &str, variant: &str, expected: &str) {
        assert_eq!(Case::named(case).unwrap().spell(variant), expected);
    }

    #[test]
    fn each_case_converts_names_as_serde_does() {
        check("lowercase", "OnItsWay", "onitsway");
        check("UPPERCASE", "OnItsWay", "ONITSWAY");
        check("PascalCase", "OnItsWay", "OnItsWay");
        check("camelCase", "OnItsWay", "onItsWay");
        check("snake_case", "OnItsWay", "on_its_way");
        check("SCREAMING_SNAKE_CASE", "OnItsWay", "ON_ITS_WAY");
        check("kebab-case", "OnItsWay", "on-its-way");
        check("SCREAMING-KEBAB-CASE", "OnItsWay", "ON-ITS-WAY");
        check("kebab-case", "HTTPError2", "h-t-t-p-error2");
        check("kebab-case", "A", "a");
        assert_eq!(Case::named("Kebab-Case"), None);
    }
}
