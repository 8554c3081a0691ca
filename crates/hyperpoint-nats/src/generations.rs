//! The generations of a stream, as its description keeps them, where all nodes see them.

use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::jetstream::stream::Info;
use hyperpoint_topics::backplane::Generations;
use hyperpoint_topics::{Epoch, Position};

/// The text before the generations in the description of a stream. Servers store it.
const PREFIX: &str = "topics of Hyperpoint, generations";
/// Maximum number of generations in a description, which has 4 KiB.
const KEPT: usize = 150;

/// Returns the description of a stream with these generations, which was created at this time.
pub(crate) fn description(generations: &Generations, created: Option<SystemTime>) -> String {
    let skipped = generations.iter().len().saturating_sub(KEPT);
    let ids = generations.iter().skip(skipped);
    let ids = ids.map(|(sequence, epoch)| format!(" {}", Position { epoch, sequence }.id()));
    let created = created.map(|at| format!(" {}", micros(at)));
    created.into_iter().fold(PREFIX.to_owned(), |text, part| text + &part) + &ids.collect::<String>()
}

/// Returns the generations of a stream: those of its description, if that is of this very stream, or else
/// the one with which it was created.
pub(crate) fn generations(info: &Info) -> Generations {
    let created = SystemTime::from(info.created);
    let text = info.config.description.as_deref();
    let listed = text.and_then(|text| parse(text.strip_prefix(PREFIX)?, created));
    listed.unwrap_or_else(|| Generations::new([(0, Epoch::from_bits(micros(created)))]))
}

fn parse(text: &str, created: SystemTime) -> Option<Generations> {
    let mut words = text.split_whitespace();
    words.next().filter(|word| *word == micros(created).to_string())?;
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_description_of_a_stream_has_its_generations_and_those_of_another_stream_are_ignored() {
        let created = UNIX_EPOCH + Duration::from_micros(7);
        let generations = Generations::new([(0, Epoch::random()), (1_000, Epoch::random())]);
        let text = description(&generations, Some(created));
        let list = text.strip_prefix(PREFIX).unwrap();
        assert_eq!(parse(list, created), Some(generations));
        assert_eq!(parse(list, created + Duration::from_micros(1)), None);
        assert_eq!(parse("", created), None);
        let most = (0..1_000).map(|number| (number, Epoch::from_bits(number + 1)));
        let text = description(&Generations::new(most), Some(created));
        assert!(text.len() < 4_096, "{}", text.len());
        let newest = parse(text.strip_prefix(PREFIX).unwrap(), created).unwrap().newest();
        assert_eq!(newest, Some(Epoch::from_bits(1_000)));
    }
}
