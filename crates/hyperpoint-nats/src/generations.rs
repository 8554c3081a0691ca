//! The generations of a stream. They are stored in the description of the stream, so that all nodes
//! see them.

use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::jetstream::stream::Info;
use hyperpoint_topics::backplane::Generations;
use hyperpoint_topics::{Epoch, Position};

/// The text before the generations in the description of a stream. Servers store this text, so it
/// must not change.
const PREFIX: &str = "topics of Hyperpoint, generations";
/// Maximum number of generations in a description, which is limited to 4 KiB.
const KEPT: usize = 150;

/// Returns the description of a stream with these generations.
pub(crate) fn description(generations: &Generations) -> String {
    let skipped = generations.iter().len().saturating_sub(KEPT);
    let ids = generations.iter().skip(skipped);
    let ids = ids.map(|(sequence, epoch)| format!(" {}", Position { epoch, sequence }.id()));
    ids.fold(PREFIX.to_owned(), |text, id| text + &id)
}

/// Returns the generations that the description of a stream lists. If it lists none, or was written
/// for another stream, returns a single generation whose epoch is derived from the stream's
/// creation time.
///
/// The time of creation alone does not identify a stream: a server may change it when it restarts.
pub(crate) fn generations(info: &Info) -> Generations {
    let created = micros(SystemTime::from(info.created));
    listed(info).unwrap_or_else(|| Generations::new([(0, Epoch::from_bits(created))]))
}

/// Returns whether the description was written for another stream, such as a deleted one.
pub(crate) fn is_of_another_stream(info: &Info) -> bool {
    let text = info.config.description.as_deref();
    text.and_then(parse).is_some() && listed(info).is_none()
}

/// Returns the generations that the description lists, or `None` if it lists none or if the newest
/// one begins after the end of the stream.
fn listed(info: &Info) -> Option<Generations> {
    let listed = info.config.description.as_deref().and_then(parse)?;
    let (after, _) = listed.iter().next_back()?;
    (after <= info.state.last_sequence).then_some(listed)
}

fn parse(text: &str) -> Option<Generations> {
    let words = text.strip_prefix(PREFIX)?.split_whitespace();
    let begun = |id| Position::parse(id).ok().map(|begun| (begun.sequence, begun.epoch));
    let begun: Vec<_> = words.map(begun).collect::<Option<_>>()?;
    (!begun.is_empty()).then(|| Generations::new(begun))
}

fn micros(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_of_a_stream_has_its_newest_generations() {
        let generations = Generations::new([(0, Epoch::random()), (1_000, Epoch::random())]);
        assert_eq!(parse(&description(&generations)), Some(generations));
        assert_eq!(parse(&description(&Generations::default())), None);
        assert_eq!(parse("orders"), None);
        let most = (0..1_000).map(|number| (number, Epoch::from_bits(number + 1)));
        let text = description(&Generations::new(most));
        assert!(text.len() < 4_096, "{}", text.len());
        assert_eq!(parse(&text).unwrap().newest(), Some(Epoch::from_bits(1_000)));
    }
}
