//! Licence expressions, as cargo manifests hold them: SPDX 2.3, annex D, and the older `A/B`.
//!
//! It answers one question and keeps no tree: whether licences of a given set satisfy it.

/// Whether `expression` can be satisfied with licences for which `is_allowed` holds; it is asked
/// with an identifier such as `MIT`, or with one and its exception: `A WITH B`.
///
/// # Errors
///
/// What was expected where, if the text is no such expression.
pub(crate) fn is_satisfied(
    expression: &str,
    is_allowed: impl Fn(&str) -> bool,
) -> Result<bool, String> {
    let words = words(expression);
    let mut parser = Parser { rest: &words, is_allowed: &is_allowed };
    let answer = parser.alternatives()?;
    match parser.rest.first() {
        None => Ok(answer),
        Some(word) => Err(format!("`{word}` stands where OR, AND or the end should")),
    }
}

fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    spaced.split_whitespace().map(String::from).collect()
}

struct Parser<'a> {
    rest: &'a [String],
    is_allowed: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn alternatives(&mut self) -> Result<bool, String> {
        let mut answer = self.conjunction()?;
        while self.takes("OR") {
            answer |= self.conjunction()?;
        }
        Ok(answer)
    }

    fn conjunction(&mut self) -> Result<bool, String> {
        let mut answer = self.one()?;
        while self.takes("AND") {
            answer &= self.one()?;
        }
        Ok(answer)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.takes("(") {
            let answer = self.alternatives()?;
            return if self.takes(")") { Ok(answer) } else { Err("a `)` is missing".into()) };
        }
        let licence = self.identifier()?;
        if self.takes("WITH") {
            let exception = self.identifier()?;
            return Ok((self.is_allowed)(&format!("{licence} WITH {exception}")));
        }
        // `Apache-2.0+` allows version 2.0, and any later one.
        Ok((self.is_allowed)(licence.trim_end_matches('+')))
    }

    fn identifier(&mut self) -> Result<String, String> {
        match self.rest.split_first() {
            Some((word, rest)) if !["OR", "AND", "WITH", "(", ")"].contains(&word.as_str()) => {
                self.rest = rest;
                Ok(word.clone())
            }
            Some((word, _)) => Err(format!("`{word}` stands where a licence should")),
            None => Err("a licence is missing at the end".into()),
        }
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if first == word => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_satisfied;

    fn check(expression: &str, expected: bool) {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"];
        let answer = is_satisfied(expression, |licence| allowed.contains(&licence));
        assert_eq!(answer, Ok(expected), "{expression}");
    }

    #[test]
    fn one_of_several_is_enough_for_or() {
        check("MIT", true);
        check("GPL-3.0-only", false);
        check("GPL-3.0-only OR MIT", true);
        check("MIT/GPL-3.0-only", true);
        check("GPL-3.0-only / AGPL-3.0-only", false);
    }

    #[test]
    fn all_are_needed_for_and() {
        check("MIT AND Apache-2.0", true);
        check("MIT AND GPL-3.0-only", false);
        check("MIT OR Apache-2.0 AND GPL-3.0-only", true);
        check("(MIT OR Apache-2.0) AND GPL-3.0-only", false);
        check("((MIT) AND (GPL-3.0-only OR Apache-2.0))", true);
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        check("Apache-2.0 WITH LLVM-exception", true);
        check("MIT WITH LLVM-exception", false);
        check("Apache-2.0+", true);
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "AND", "MIT WITH"] {
            assert!(is_satisfied(text, |_| true).is_err(), "{text}");
        }
    }
}
