//! Enums of events of every shape.

use std::borrow::Cow;
use std::fmt::Display;

use hyperpoint::TypedEvent;
use hyperpoint::prelude::*;

/// Defines something else under each relative name that generated code could use.
mod hostile {
    use ::hyperpoint::prelude::{Events, JsonSchema, Serialize};

    mod core {}
    mod hyperpoint {}
    #[expect(dead_code, reason = "the test depends on its name alone")]
    struct Option;
    #[expect(dead_code, reason = "the test depends on its name alone")]
    struct Result;

    #[derive(Events, JsonSchema, Serialize)]
    #[events(rename_all = "SCREAMING-KEBAB-CASE")]
    pub(super) enum EventName {
        Option,
        Some {
            #[event(id)]
            value: u8,
        },
        r#Match(#[event(id)] &'static str, ()),
    }
}

/// An enum with each kind of generic parameter, a bound and a `where` clause.
#[derive(Events, JsonSchema, Serialize)]
enum Change<'a, T: Clone, I, const N: usize>
where
    I: Display,
{
    Was([T; 1]),
    Is {
        #[event(id)]
        id: I,
        value: Cow<'a, str>,
    },
    #[cfg(any())]
    Never(Missing),
    #[serde(rename = "nothing")]
    #[doc = "A variant without data."]
    Nothing {},
}

#[derive(Deserialize, Events, JsonSchema, Serialize)]
enum One {
    One(#[event(id)] u64),
}

fn names<E: TypedEvent>() -> Vec<&'static str> {
    E::NAMES.iter().map(EventName::as_str).collect()
}

#[test]
fn the_names_of_events_are_in_the_order_of_the_variants() {
    assert_eq!(names::<hostile::EventName>(), ["OPTION", "SOME", "MATCH"]);
    assert_eq!(names::<Change<'_, u8, u8, 1>>(), ["was", "is", "nothing"]);
    assert_eq!(names::<One>(), ["one"]);
}

type Changed = Change<'static, u8, char, 2>;

/// Returns the id of an event as text.
fn id(event: &impl TypedEvent) -> Option<String> {
    event.event_id().expect("a valid id").map(|id| id.to_string())
}

#[test]
fn the_id_of_an_event_is_its_marked_field() {
    assert_eq!(id(&hostile::EventName::Some { value: 3 }).as_deref(), Some("3"));
    assert_eq!(id(&hostile::EventName::Match("m", ())).as_deref(), Some("m"));
    assert_eq!(id(&hostile::EventName::Option), None);
    assert_eq!(id(&Changed::Was([1])), None);
    assert!(Changed::Is { id: '\n', value: "x".into() }.event_id().is_err());
    assert_eq!(Changed::Nothing {}.event_name().as_str(), "nothing");
    assert_eq!(id(&One::One(7)).as_deref(), Some("7"));
}
