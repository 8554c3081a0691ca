//! The guide's table of what each client's test observed.

use crate::programs::folder;

const COLUMNS: [&str; 14] = [
    "HTTP",
    "Names",
    "No name",
    "Lines",
    "Break first",
    "Unicode",
    "Ids",
    "No id",
    "Empty data",
    "Comments",
    "Comes back",
    "Retry",
    "Keeps its id",
    "Version",
];

/// The row of one client: a cell for each column after its name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Row([String; COLUMNS.len()]);

impl Row {
    pub(super) fn set(&mut self, column: &str, cell: &str) {
        let index = COLUMNS.iter().position(|&name| name == column).unwrap();
        cell.clone_into(&mut self.0[index]);
    }

    /// Asserts that the guide has the same row for this client.
    pub(super) fn assert_in_guide(&self, client: &str) {
        let guide = std::fs::read_to_string(folder("../docs/guide/08-clients.md")).unwrap();
        let mut rows = guide.lines().filter(|line| line.starts_with('|')).map(cells);
        let head = rows.next().unwrap();
        assert_eq!(head[1..], COLUMNS, "the columns of the table");
        let seen = format!("| {client} | {} |", self.0.join(" | "));
        let told = rows.find(|row| row[0] == client);
        let told =
            told.unwrap_or_else(|| panic!("the guide has no row for this client; add\n{seen}"));
        assert_eq!(told[1..], self.0, "the row of the guide differs; replace it by\n{seen}");
    }
}

/// Returns the cells of a row, without the number of a note, such as ` (1)`.
fn cells(line: &str) -> Vec<String> {
    let cells = line.trim().trim_matches('|').split('|');
    cells.map(|cell| without_note(cell.trim()).to_owned()).collect()
}

fn without_note(cell: &str) -> &str {
    let note = cell.strip_suffix(')').and_then(|cell| cell.rsplit_once(" ("));
    match note {
        Some((rest, number)) if number.parse::<u8>().is_ok() => rest,
        _ => cell,
    }
}
