//! The results of the benchmark, as a table and as JSON.

use std::fmt::Write;

use serde_json::json;

use crate::server::BASE;

/// The results, row by row, and notes about the measurement.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// One measured value.
#[derive(Debug)]
struct Row {
    case: String,
    server: String,
    metric: String,
    value: f64,
}

impl Report {
    /// Adds a row and prints it at once, since a run takes minutes.
    pub(crate) fn row(&mut self, case: &str, server: &str, metric: &str, value: f64) {
        eprintln!("{case}, {server}: {value:.1} {metric}");
        let (case, server, metric) = (case.to_owned(), server.to_owned(), metric.to_owned());
        self.rows.push(Row { case, server, metric, value });
    }

    /// Adds a note about the measurement. `text` is a sentence without its full stop.
    pub(crate) fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    /// Returns the rows as a Markdown table, followed by the notes.
    pub(crate) fn table(&self) -> String {
        let mut table = String::from(
            "| case | server | metric | value | ratio to raw hyper with timeouts |\n\
             | --- | --- | --- | ---: | ---: |\n",
        );
        for row in &self.rows {
            let Row { case, server, metric, value } = row;
            let ratio = self.ratio(row).map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            // Writing to a string can't fail.
            let _ = writeln!(table, "| {case} | {server} | {metric} | {value:.1} | {ratio} |");
        }
        for note in &self.notes {
            let _ = writeln!(table, "\n{note}.");
        }
        table
    }

    /// Returns the rows as JSON, one object per line.
    pub(crate) fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            json!({
                "case": row.case,
                "server": row.server,
                "metric": row.metric,
                "value": row.value,
                "ratio_to_raw_hyper": self.ratio(row),
            })
            .to_string()
        });
        rows.map(|row| row + "\n").collect()
    }

    /// Returns the ratio to the value of the base server for the same case and metric, or `None` if
    /// that value is absent or 0.
    fn ratio(&self, row: &Row) -> Option<f64> {
        let same = |other: &&Row| other.case == row.case && other.metric == row.metric;
        let base = self.rows.iter().filter(same).find(|other| other.server == BASE)?;
        (base.value > 0.0).then(|| row.value / base.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_compares_the_same_case_and_metric() {
        let mut report = Report::default();
        report.row("json", BASE, "instructions", 100.0);
        report.row("echo", BASE, "instructions", 50.0);
        report.row("json", "axum", "instructions", 160.0);
        report.note("a note");
        assert!(report.table().contains("| json | axum | instructions | 160.0 | 1.60 |"));
        assert!(report.table().ends_with("\na note.\n"));
        assert!(report.json().contains(r#""ratio_to_raw_hyper":1.6,"#));
    }
}
