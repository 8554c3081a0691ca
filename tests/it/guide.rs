//! Checks that the guide and the page on security name tests that exist.

use std::path::{Path, PathBuf};

const CHAPTER: &str = include_str!("../../docs/guide/14-coming-from-fastendpoints.md");
const GROUPS: usize = 12;

const SECURITY: &str = include_str!("../../docs/security.md");
const RUNNING_TOPICS: &str = include_str!("../../docs/guide/19-running-topics.md");

/// Returns the cells of a table row.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// Returns the rows of each table with these column names.
fn rows<'a>(page: &'a str, columns: &str) -> Vec<Vec<&'a str>> {
    let tables = page.split(columns).skip(1);
    let rows = tables.flat_map(|table| table.lines().take_while(|line| line.starts_with('|')));
    rows.map(cells).collect()
}

/// Returns the texts between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// Checks a cell with the names of files, each followed by the names of tests in it.
#[track_caller]
fn check_tests(subject: &str, cell: &str) {
    let mut file = None;
    let mut tests = 0;
    for name in quoted(cell) {
        if Path::new(name).extension().is_some() {
            let path = in_repository(name);
            assert!(path.is_file(), "{subject}: no file {name}");
            file = Some(std::fs::read_to_string(&path).unwrap());
            continue;
        }
        let text = file.as_deref().unwrap_or_default();
        assert!(is_test(text, name), "{subject}: no test {name}");
        tests += 1;
    }
    assert!(tests > 0, "{subject} names no test");
}

/// Whether the source text has a test of this name.
fn is_test(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let attributes = before.rsplit('\n').skip(1).take_while(|line| line.trim().starts_with("#["));
    attributes.into_iter().any(|line| line.contains("test"))
}

/// The targets of links in a cell.
fn links(cell: &str) -> impl Iterator<Item = &str> {
    cell.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let is_kept = |character: &char| character.is_alphanumeric() || " -_".contains(*character);
    text.chars().filter(is_kept).collect::<String>().replace(' ', "-")
}

#[track_caller]
fn check_link(target: &str) {
    let (file, wanted) = target.split_once('#').unwrap_or((target, ""));
    let page = match file {
        "" => SECURITY.to_owned(),
        file => std::fs::read_to_string(in_repository("docs").join(file)).unwrap_or_default(),
    };
    let mut headings = page.lines().filter(|line| line.starts_with('#')).map(anchor);
    let is_there =
        if wanted.is_empty() { !page.is_empty() } else { headings.any(|it| it == wanted) };
    assert!(is_there, "the link to {target} leads nowhere");
}

#[test]
fn each_group_of_features_names_tests_that_exist() {
    let rows = rows(CHAPTER, "| group | tests |\n| --- | --- |\n");
    assert_eq!(rows.len(), GROUPS);
    for row in rows {
        check_tests(row[0], row[1]);
    }
}

#[test]
fn no_row_of_the_comparison_lacks_what_to_do_instead() {
    let mut rows = 0;
    for columns in ["FastEndpoints | Hyperpoint", "kept on purpose | instead", "left out | instead"]
    {
        for row in self::rows(CHAPTER, &format!("| {columns} |\n| --- | --- |\n")) {
            let [name, instead] = *row else {
                panic!("{row:?} has a `|` too many");
            };
            assert!(instead.len() > 7 && !instead.starts_with("none"), "{name}: {instead}");
            rows += 1;
        }
    }
    assert!(rows > 80, "{rows} rows");
}

#[test]
fn each_promise_of_security_names_tests_that_are_there() {
    let rows = rows(SECURITY, "| promise | made in | tests |\n| --- | --- | --- |\n");
    let all =
        SECURITY.lines().filter(|line| line.starts_with("| ") && line.contains(".rs`")).count();
    assert_eq!(rows.len(), all, "every table of promises has the same columns");
    for row in rows {
        assert!(links(row[1]).count() > 0, "{}: name the chapter that makes it", row[0]);
        check_tests(row[0], row[2]);
    }
}

#[test]
fn what_is_kept_at_each_fault_names_tests_that_are_there() {
    let columns = "| fault | log on disk | NATS JetStream | tests |\n| --- | --- | --- | --- |\n";
    let rows = rows(RUNNING_TOPICS, columns);
    assert!(rows.len() > 12, "{} rows", rows.len());
    for row in rows {
        let [fault, _, _, tests] = *row else {
            panic!("{row:?} has a `|` too many");
        };
        check_tests(fault, tests);
    }
}

#[test]
fn the_page_on_security_links_to_chapters_that_are_there() {
    let targets: Vec<_> = SECURITY.lines().flat_map(links).collect();
    assert!(targets.len() > 50);
    targets.into_iter().for_each(check_link);
}
