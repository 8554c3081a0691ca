//! A file is no longer than a reader can keep in mind. The length of functions is clippy's to check.

use super::source::Source;
use crate::finding::Finding;

const FILE_LINES: usize = 400;

/// Finds a file of more than 400 lines without its tests.
pub(crate) fn check(source: &Source) -> Option<Finding> {
    let count = source.text().lines().count();
    let count = (1..=count).filter(|line| !source.is_test_line(*line)).count();
    let wrong = format!("{count} lines without tests; the limit is {FILE_LINES}");
    let fix = "move one of its ideas to a file of its own";
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
    fn a_file_ends_at_four_hundred_lines_without_its_tests() {
        let lines = |count| "// A line.\n".repeat(count);
        assert!(!is_found(&lines(400)));
        assert!(is_found(&lines(401)));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", lines(50));
        assert!(!is_found(&format!("{}{tests}", lines(400))));
    }
}
