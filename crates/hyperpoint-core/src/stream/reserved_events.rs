//! Typed events whose names are reserved on streams for `EventSource`.

use std::any::TypeId;

use hyperpoint_sse::EventName;

/// The registration of an enum with `#[derive(Events)]` that has an event with a reserved name. The
/// derive generates it, so that a host can report endpoints that stream the enum for `EventSource`.
#[derive(Clone, Copy, Debug)]
pub struct ReservedEvents {
    /// A function that returns the type id of the enum.
    pub type_id: fn() -> TypeId,
    /// The names of all events of the enum.
    pub names: &'static [EventName],
}

inventory::collect!(ReservedEvents);

impl ReservedEvents {
    /// Returns a configuration error for each reserved name among the events of this type.
    #[must_use]
    pub fn errors(events: TypeId) -> Vec<String> {
        let registered = inventory::iter::<Self>.into_iter();
        let names = registered.filter(|of| (of.type_id)() == events).flat_map(|of| of.names);
        let reserved = names.filter(|name| name.check_unreserved().is_err());
        let text = |name: &EventName| {
            format!(
                "streams the event `{name}`, whose name is reserved on a stream for `EventSource`; \
                 rename the event with `#[event(\"app-{name}\")]`, or call `config.streams_as_written()`"
            )
        };
        reserved.map(text).collect()
    }
}
