//! The names of topics, and the percent-encoding that keeps a value within its segment of a name.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use hyperpoint_sse::EventName;
use hyperpoint_sse::framework::is_reserved;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::limits::TopicLimits;

/// The ASCII characters that are percent-encoded in a value: control characters, spaces, `%`, and
/// the characters with a meaning in a template. Non-ASCII characters are always percent-encoded.
const NOT_IN_VALUES: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'/').add(b'{').add(b'}');

/// The name of a topic, with the type of its events: one `const` that publishers and subscribers
/// share.
///
/// # Examples
///
/// ```
/// use hyperpoint::TopicName;
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
    /// Creates a name. In a `const`, an invalid name does not compile.
    ///
    /// # Panics
    ///
    /// If the name is empty, or has a brace; use a [`TopicTemplate`] for a name with parameters.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TopicName;
    ///
    /// const SCORES: TopicName<u32> = TopicName::new("scores");
    /// assert_eq!(SCORES.to_string(), "scores");
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn new(text: &'static str) -> Self {
        assert!(!text.is_empty(), "a topic name must not be empty");
        assert!(
            parameters(text) == 0,
            "a topic name must not contain braces; use `TopicTemplate` for a name with parameters"
        );
        Self::of(Cow::Borrowed(text))
    }

    const fn of(text: Cow<'static, str>) -> Self {
        Self { text, event: None, limits: None, events: PhantomData }
    }

    /// Sets the event name of events that are published without one. In a `const`, an invalid event
    /// name does not compile. Default: unset, which clients dispatch as `message`.
    ///
    /// # Panics
    ///
    /// If the event name is invalid (see [`EventName::from_static`]) or
    /// [reserved](EventName::check_unreserved).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TopicName;
    ///
    /// const SCORES: TopicName<u32> = TopicName::new("scores").event("score");
    /// # let _ = SCORES;
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn event(mut self, name: &'static str) -> Self {
        let _checked = ManuallyDrop::new(EventName::from_static(name));
        assert!(
            !is_reserved(name),
            "the event name is reserved for `EventSource` or for Hyperpoint; use another name"
        );
        self.event = Some(name);
        self
    }

    /// Sets the limits on the recent events that the topic keeps. Default:
    /// [`TopicsOptions::limits`](crate::TopicsOptions::limits).
    ///
    /// The limits apply from the first use of the name in the process: with a backplane, from the
    /// first subscription, and otherwise also from the first publication. Earlier events, from a
    /// backplane or an [`OutboxRelay`](crate::outbox::OutboxRelay), are kept under the default
    /// limits, except the events that a node [preloads](crate::TopicsOptions::preload_events).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicLimits, TopicName};
    ///
    /// const SCORES: TopicName<u32> =
    ///     TopicName::new("scores").limits(TopicLimits { events: 100, ..TopicLimits::DEFAULT });
    /// # let _ = SCORES;
    /// ```
    #[must_use]
    pub const fn limits(mut self, limits: TopicLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text, the default event name and the limits.
    pub(crate) fn into_parts(
        self,
    ) -> (Cow<'static, str>, Option<&'static str>, Option<TopicLimits>) {
        (self.text, self.event, self.limits)
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

/// A template for the names of topics of one kind, with `N` parameters written as `{…}`.
///
/// Spaces, `%`, `/`, `{`, `}`, control characters and non-ASCII characters of a value are
/// percent-encoded, so that no value can form the name of another topic.
///
/// # Examples
///
/// ```
/// use hyperpoint::TopicTemplate;
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
    /// Creates a template. In a `const`, an invalid template does not compile.
    ///
    /// # Panics
    ///
    /// If the text does not have exactly `N` parameters, or a brace is unbalanced.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TopicTemplate;
    ///
    /// const ROOM: TopicTemplate<String> = TopicTemplate::new("room/{id}");
    /// # let _ = ROOM;
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn new(text: &'static str) -> Self {
        assert!(
            parameters(text) == N,
            "a topic template must have exactly `N` parameters in braces"
        );
        Self { text, event: None, limits: None, events: PhantomData }
    }

    /// Sets the default event name, as [`TopicName::event`] does.
    ///
    /// # Panics
    ///
    /// If the event name is invalid (see [`EventName::from_static`]) or
    /// [reserved](EventName::check_unreserved).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TopicTemplate;
    ///
    /// const ROOM: TopicTemplate<String> = TopicTemplate::new("room/{id}").event("said");
    /// # let _ = ROOM;
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn event(mut self, name: &'static str) -> Self {
        let _checked = ManuallyDrop::new(EventName::from_static(name));
        assert!(
            !is_reserved(name),
            "the event name is reserved for `EventSource` or for Hyperpoint; use another name"
        );
        self.event = Some(name);
        self
    }

    /// Sets the limits on the recent events that each topic keeps, as [`TopicName::limits`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicLimits, TopicTemplate};
    ///
    /// const ROOM: TopicTemplate<String> = TopicTemplate::new("room/{id}")
    ///     .limits(TopicLimits { events: 100, ..TopicLimits::DEFAULT });
    /// # let _ = ROOM;
    /// ```
    #[must_use]
    pub const fn limits(mut self, limits: TopicLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Returns the topic name with these values for the parameters, in the order of the template.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TopicTemplate;
    ///
    /// const USER: TopicTemplate<String> = TopicTemplate::new("user/{id}");
    /// assert_eq!(USER.with([7]).as_str(), "user/7");
    /// ```
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

/// Appends a value, percent-encoded.
fn push_value(name: &mut String, value: &impl Display) {
    name.extend(utf8_percent_encode(&value.to_string(), NOT_IN_VALUES));
}

/// Counts the parameters `{…}` in the text. Returns `usize::MAX` if a brace is unbalanced.
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
    fn no_value_forms_the_name_of_another_topic() {
        const PAIR: TopicTemplate<u32, 2> = TopicTemplate::new("{a}/x/{b}");
        let names = ["a/x", "a", "{b}", "%2F", "a b", "é", ""];
        let all: std::collections::HashSet<_> = names
            .iter()
            .flat_map(|a| names.iter().map(move |b| PAIR.with([a, b]).as_str().to_owned()))
            .collect();
        assert_eq!(all.len(), names.len() * names.len());
    }

    #[test]
    fn parameters_are_counted_and_unbalanced_braces_are_detected() {
        assert_eq!(parameters("a"), 0);
        assert_eq!(parameters("a/{b}/{c}"), 2);
        assert_eq!(parameters("a/{b"), usize::MAX);
        assert_eq!(parameters("a/b}"), usize::MAX);
        assert_eq!(parameters("{{a}}"), usize::MAX);
    }
}
