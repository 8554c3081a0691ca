//! The command line of the bench.

/// The usage text, printed for `--help` and for invalid arguments.
pub(crate) const USAGE: &str = "\
usage: bench [--json FILE] [--only KIND]… [--idle-streams N] [--subscribers N]… [--server NAME=COMMAND]…

  --json FILE            also writes the table as JSON, one object per row
  --only KIND            runs one kind of measurement: counts, mcp, cpu, idle, http2, fan-out, variants,
                         catch-up or never-reading; may be repeated
  --idle-streams N       the number of idle streams (default: 10000)
  --subscribers N        the number of subscribers of a topic; may be repeated
                         (default: 1000 and 10000)
  --server NAME=COMMAND  measures another server, too: it takes `--bind ADDR` as its last arguments,
                         prints `listening on http://ADDR`, serves GET /plaintext, GET /json,
                         POST /echo, PUT /orders/ID/CUSTOMER, GET /events, GET /idle,
                         GET /topic and POST /publish, and exits on SIGTERM";

/// The kinds of measurements.
const KINDS: [&str; 9] =
    ["counts", "mcp", "cpu", "idle", "http2", "fan-out", "variants", "catch-up", "never-reading"];

/// The parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The path of the file to which the results are also written as JSON.
    pub(crate) json: Option<String>,
    pub(crate) idle_streams: usize,
    /// The numbers of subscribers to measure, one after the other.
    pub(crate) subscribers: Vec<usize>,
    /// Additional servers to measure, each with its name and its command.
    pub(crate) servers: Vec<(String, String)>,
    only: Vec<String>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (json, servers, only, subscribers) = Default::default();
        let mut parsed = Self { json, idle_streams: 10_000, subscribers, servers, only };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| USAGE.to_owned())?;
            match word.as_str() {
                "--json" => parsed.json = Some(value),
                "--only" if KINDS.contains(&value.as_str()) => parsed.only.push(value),
                "--idle-streams" => parsed.idle_streams = number(&value)?,
                "--subscribers" => parsed.subscribers.push(number(&value)?),
                "--server" => {
                    let (name, command) = value.split_once('=').ok_or_else(|| USAGE.to_owned())?;
                    parsed.servers.push((name.to_owned(), command.to_owned()));
                }
                _ => return Err(USAGE.to_owned()),
            }
        }
        if parsed.subscribers.is_empty() {
            parsed.subscribers = vec![1000, 10_000];
        }
        Ok(parsed)
    }

    /// Returns whether to run this kind of measurement. Without `--only`, all kinds are run.
    pub(crate) fn runs(&self, kind: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == kind)
    }

    /// Returns whether to run another kind of measurement than this one.
    pub(crate) fn runs_other_than(&self, kind: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only != kind)
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| USAGE.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_parsed_and_invalid_ones_show_the_usage() {
        assert!(parse("").unwrap().runs("cpu"));
        assert!(!parse("--only idle").unwrap().runs("cpu"));
        assert!(!parse("--only mcp").unwrap().runs_other_than("mcp"));
        assert_eq!(parse("--idle-streams 5 --json f").unwrap().idle_streams, 5);
        assert_eq!(parse("").unwrap().subscribers, [1000, 10_000]);
        assert_eq!(parse("--subscribers 7 --only catch-up").unwrap().subscribers, [7]);
        assert_eq!(parse("--server a=b").unwrap().servers.len(), 1);
        for wrong in ["--only x", "--server a", "--json", "--what 1", "--subscribers 0"] {
            assert_eq!(parse(wrong), Err(USAGE.to_owned()), "{wrong}");
        }
    }
}
