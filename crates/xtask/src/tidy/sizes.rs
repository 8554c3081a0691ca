//! Checks the length of files. Clippy checks the length of functions.

use super::source::Source;
use crate::finding::Finding;

/// The maximum number of lines of a file, without its tests.
const FILE_LINES: usize = 400;

/// Returns a finding if the file has more than [`FILE_LINES`] lines without its tests.
pub(crate) fn check(source: &Source) -> Option<Finding> {
    let count = source.text().lines().count();
    let count = (1..=count).filter(|line| !source.is_test_line(*line)).count();
    let wrong = format!("the file has {count} lines without tests; the limit is {FILE_LINES}");
    let fix = "split it by its types or ideas";
    (count > FILE_LINES).then(|| source.finding(1, wrong, fix))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::source::Source;

    fn is_found(text: &str) -> bool {
        check(&Source::parse("src/a.rs", text).unwrap()).is_some()
    }

    #[test]
    fn a_file_has_at_most_400_lines_without_its_tests() {
        let lines = |count| "// A line.\n".repeat(count);
        assert!(!is_found(&lines(400)));
        assert!(is_found(&lines(401)));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", lines(50));
        assert!(!is_found(&format!("{}{tests}", lines(400))));
    }
}
