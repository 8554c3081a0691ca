//! Owns what topics are called, and that the parts of a name can't run into each other.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use hyperpoint_sse::EventName;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::limits::TopicLimits;

/// What is written as `%XX` in a value: all that could be taken for a part of the name itself.
const NOT_IN_VALUES: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'/').add(b'{').add(b'}');

/// The name of a topic, with the type of its events: one `const` for all who publish to it and
/// subscribe to it.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::TopicName;
///
/// # struct Price;
/// const PRICES: TopicName<Price> = TopicName::new("prices").event("price");
/// assert_eq!(PRICES.as_str(), "prices");
/// ```
pub struct TopicName<T> {
    text: Cow<'static, str>,
    event: Option<&'static str>,
    limits: Option<TopicLimits>,
    events: PhantomData<fn() -> T>,
}

impl<T> TopicName<T> {
    /// A name; in a `const`, a bad one does not compile.
    ///
    /// # Panics
    ///
    /// If it is empty, or has parameters: that is a [`TopicTemplate`].
    #[must_use]
    #[track_caller]
    pub const fn new(text: &'static str) -> Self {
        assert!(!text.is_empty(), "a topic has a name");
        assert!(parameters(text) == 0, "a topic name with parameters is a `TopicTemplate`");
        Self::of(Cow::Borrowed(text))
    }

    const fn of(text: Cow<'static, str>) -> Self {
        Self { text, event: None, limits: None, events: PhantomData }
    }

    /// The name that events have when they are published without one; in a `const`, a bad one does
    /// not compile. Default: none, which clients call `message`.
    ///
    /// # Panics
    ///
    /// If [`EventName::from_static`] would.
    #[must_use]
    #[track_caller]
    pub const fn event(mut self, name: &'static str) -> Self {
        let _checked = ManuallyDrop::new(EventName::from_static(name));
        self.event = Some(name);
        self
    }

    /// How much of its past the topic keeps. Default: what its [`Topics`](crate::Topics) say.
    #[must_use]
    pub const fn limits(mut self, limits: TopicLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn event_name(&self) -> Option<EventName> {
        self.event.map(EventName::from_static)
    }

    pub(crate) fn own_limits(&self) -> Option<TopicLimits> {
        self.limits
    }
}

impl<T> Clone for TopicName<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), ..*self }
    }
}

impl<T> fmt::Debug for TopicName<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopicName").field(&self.text).finish()
    }
}

impl<T> Display for TopicName<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The names of topics that are many of a kind, with a parameter in `{…}` for each of `N` values.
///
/// A value can't reach out of its place: what could be taken for a part of the name is written as
/// `%XX`.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::TopicTemplate;
///
/// const ROOM: TopicTemplate<String> = TopicTemplate::new("room/{id}");
/// const SEAT: TopicTemplate<String, 2> = TopicTemplate::new("room/{id}/seat/{number}");
///
/// assert_eq!(ROOM.with(["lobby"]).as_str(), "room/lobby");
/// assert_eq!(ROOM.with(["a/seat/7"]).as_str(), "room/a%2Fseat%2F7");
/// assert_eq!(SEAT.with(["lobby".to_owned(), 7.to_string()]).as_str(), "room/lobby/seat/7");
/// ```
pub struct TopicTemplate<T, const N: usize = 1> {
    text: &'static str,
    event: Option<&'static str>,
    limits: Option<TopicLimits>,
    events: PhantomData<fn() -> T>,
}

impl<T, const N: usize> TopicTemplate<T, N> {
    /// A template; in a `const`, a bad one does not compile.
    ///
    /// # Panics
    ///
    /// If it has another number of parameters.
    #[must_use]
    #[track_caller]
    pub const fn new(text: &'static str) -> Self {
        assert!(parameters(text) == N, "a topic template has a parameter for each value");
        Self { text, event: None, limits: None, events: PhantomData }
    }

    /// As [`TopicName::event`].
    ///
    /// # Panics
    ///
    /// If [`EventName::from_static`] would.
    #[must_use]
    #[track_caller]
    pub const fn event(mut self, name: &'static str) -> Self {
        let _checked = ManuallyDrop::new(EventName::from_static(name));
        self.event = Some(name);
        self
    }

    /// As [`TopicName::limits`].
    #[must_use]
    pub const fn limits(mut self, limits: TopicLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The name with these values, in the order of the parameters.
    #[must_use]
    pub fn with<V: Display>(&self, values: [V; N]) -> TopicName<T> {
        let mut name = String::with_capacity(self.text.len() + 16);
        let mut rest = self.text;
        for value in values {
            let (before, after) = rest.split_once('{').unwrap_or((rest, ""));
            name.push_str(before);
            push_value(&mut name, &value);
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        name.push_str(rest);
        TopicName { event: self.event, limits: self.limits, ..TopicName::of(Cow::Owned(name)) }
    }
}

impl<T, const N: usize> Clone for TopicTemplate<T, N> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T, const N: usize> fmt::Debug for TopicTemplate<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopicTemplate").field(&self.text).finish()
    }
}

fn push_value(name: &mut String, value: &impl Display) {
    name.extend(utf8_percent_encode(&value.to_string(), NOT_IN_VALUES));
}

/// How many `{…}` are in the text; what is open or closed alone makes it more than any template has.
const fn parameters(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let (mut count, mut is_open) = (0, false);
    while let [byte, tail @ ..] = rest {
        match (*byte, is_open) {
            (b'{', false) => is_open = true,
            (b'}', true) => (count, is_open) = (count + 1, false),
            (b'{', true) | (b'}', false) => return usize::MAX,
            _ => {}
        }
        rest = tail;
    }
    if is_open { usize::MAX } else { count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_makes_a_name_of_another_topic() {
        const PAIR: TopicTemplate<u32, 2> = TopicTemplate::new("{a}/x/{b}");
        let names = ["a/x", "a", "{b}", "%2F", "a b", "é", ""];
        let all: std::collections::HashSet<_> = names
            .iter()
            .flat_map(|a| names.iter().map(move |b| PAIR.with([a, b]).as_str().to_owned()))
            .collect();
        assert_eq!(all.len(), names.len() * names.len());
    }

    #[test]
    fn parameters_are_counted() {
        assert_eq!(parameters("a"), 0);
        assert_eq!(parameters("a/{b}/{c}"), 2);
        assert_eq!(parameters("a/{b"), usize::MAX);
        assert_eq!(parameters("a/b}"), usize::MAX);
        assert_eq!(parameters("{{a}}"), usize::MAX);
    }
}
