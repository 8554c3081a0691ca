//! The error of a command, as text for the developer who typed it.

use std::fmt;

/// The result of a command.
pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// One or more lines of text, which the program prints before it exits with an error code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns `Ok` if all results are `Ok`, or one failure with the texts of all failures.
    pub(crate) fn all(results: impl IntoIterator<Item = Result>) -> Result {
        let texts: Vec<String> =
            results.into_iter().filter_map(Result::err).map(|failure| failure.0).collect();
        if texts.is_empty() { Ok(()) } else { Err(Self(texts.join("\n"))) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn all_keeps_every_failure() {
        let all = Failure::all([Ok(()), Err(Failure::new("one")), Err(Failure::new("two"))]);
        assert_eq!(all, Err(Failure::new("one\ntwo")));
        assert_eq!(Failure::all([Ok(()), Ok(())]), Ok(()));
    }
}
