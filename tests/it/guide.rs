//! Checks that the tests named by the guide exist.

use std::path::Path;

const CHAPTER: &str = include_str!("../../docs/guide/14-coming-from-fastendpoints.md");
const GROUPS: usize = 12;

/// Returns the cells of a table row.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// Returns the texts between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn each_group_of_features_names_tests_that_exist() {
    let (_, table) = CHAPTER.split_once("| group | tests |\n| --- | --- |\n").unwrap();
    let rows: Vec<_> = table.lines().take_while(|line| line.starts_with('|')).map(cells).collect();
    assert_eq!(rows.len(), GROUPS);
    for row in rows {
        let mut file = None;
        let mut tests = 0;
        for name in quoted(row[1]) {
            if Path::new(name).extension().is_some() {
                let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(name);
                assert!(path.is_file(), "{}: no file {name}", row[0]);
                file = Some(std::fs::read_to_string(&path).unwrap());
                continue;
            }
            let text = file.as_deref().unwrap_or_default();
            assert!(text.contains(&format!("fn {name}(")), "{}: no test {name}", row[0]);
            tests += 1;
        }
        assert!(tests > 0, "{} names no test", row[0]);
    }
}
