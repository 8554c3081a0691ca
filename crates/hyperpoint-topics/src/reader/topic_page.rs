//! [`TopicPage`], a page of past events, as an application receives it.

use super::received::Received;
use crate::position::Position;

/// A page of past events of a topic. Returned by [`TopicRead`](super::TopicRead).
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::{Received, TopicPage};
///
/// fn print(page: &TopicPage<u32>) {
///     for received in &page.events {
///         match received {
///             Received::Event { position, data, .. } => println!("{}: {data}", position.id()),
///             Received::Undecoded { text, .. } => println!("of another type: {text}"),
///             Received::Gap(gap) => println!("events are missing: {}", gap.reason),
///             _ => {}
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TopicPage<T> {
    /// The events, oldest first. An event whose data does not decode as `T` is
    /// [`Received::Undecoded`]. If events are missing, a [`Received::Gap`] is the first item of a
    /// page after a position, and the last item of a page before a position.
    pub events: Vec<Received<T>>,
    /// The position to pass to [`before`](super::TopicRead::before) for the page of older events,
    /// or `None` if the log has no older events.
    pub older: Option<Position>,
    /// The position to pass to [`after`](super::TopicRead::after) for the page of newer events. A
    /// subscription that starts [after](super::TopicSubscription::after) it repeats no event, and
    /// misses none that the log still keeps.
    pub newer: Position,
}
