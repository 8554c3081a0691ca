//! Typed events whose names are reserved on streams for `EventSource`.

use std::any::TypeId;

use hyperpoint_sse::EventName;

/// An enum with `#[derive(Events)]` that has an event with a reserved name. The derive registers the
/// enum, so that a host can report endpoints that stream it for `EventSource`.
#[derive(Clone, Copy, Debug)]
pub struct ReservedEvents {
    /// Returns the type id of the enum.
    pub type_id: fn() -> TypeId,
    /// The names of all events of the enum.
    pub names: &'static [EventName],
}

inventory::collect!(ReservedEvents);

impl ReservedEvents {
    /// Returns an error for each reserved name of the events of this type.
    #[must_use]
    pub fn errors(events: TypeId) -> Vec<String> {
        let registered = inventory::iter::<Self>.into_iter();
        let names = registered.filter(|of| (of.type_id)() == events).flat_map(|of| of.names);
        let reserved = names.filter(|name| name.check_unreserved().is_err());
        let text = |name: &EventName| {
            format!(
                "streams the event `{name}` for `EventSource`, where its name is reserved; rename it \
                 by `#[event(\"app-{name}\")]`, or write `config.streams_as_written()`"
            )
        };
        reserved.map(text).collect()
    }
}
