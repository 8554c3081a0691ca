//! Typed events whose names are reserved on streams for `EventSource`: contract line 9.

use hyperpoint::JsonOrEvents;
use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::errors_of;

#[derive(Serialize, JsonSchema, Events)]
enum Step {
    Started,
    Done,
    #[event("error")]
    Failed,
}

/// A generic enum is not known at start-up.
#[derive(Serialize, JsonSchema, Events)]
enum Any<T> {
    Open(T),
}

/// Writes an endpoint that streams events, of this configuration.
macro_rules! streaming {
    ($name:ident: $response:ty, |$config:ident| $configure:block, |$cx:ident| $handle:expr) => {
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl Endpoint for $name {
            type Request = ();
            type Response = $response;

            fn configure(config: &mut Config) {
                config.allow_anonymous();
                let $config = config;
                $configure
            }

            async fn handle(&self, (): (), $cx: Cx<'_, Self>) -> Result {
                $handle.await
            }
        }
    };
}

fn steps() -> impl Stream<Item = Step> {
    futures_util::stream::iter([Step::Started, Step::Failed, Step::Done])
}

streaming!(Browsed: Events<Step>, |config| { config.get("/browsed"); }, |cx| cx.send.events_async(steps()));
streaming!(
    ByRequest: JsonOrEvents<u32, Step>,
    |config| {
        config.post("/by-request");
        config.streams_for_event_source();
    },
    |cx| cx.send.events_async(steps())
);
streaming!(Posted: Events<Step>, |config| { config.post("/posted"); }, |cx| cx.send.events_async(steps()));
streaming!(
    Generic: Events<Any<u32>>,
    |config| { config.get("/generic"); },
    |cx| cx.send.events_async(futures_util::stream::iter([Any::Open(1)]))
);

#[test]
fn line_09_a_reserved_name_of_typed_events_is_a_configuration_error_for_event_source() {
    let host = Host::empty().endpoint::<Browsed>().endpoint::<ByRequest>();
    assert_debug_snapshot!(errors_of(host.endpoint::<Posted>()), @r#"
    the host can't start: 4 configuration errors
      - `it::startup::reserved_events::Browsed` (tests/it/startup/reserved_events.rs:51): streams the event `done`, whose name is reserved on a stream for `EventSource`; rename the event with `#[event("app-done")]`, or call `config.streams_as_written()`
      - `it::startup::reserved_events::Browsed` (tests/it/startup/reserved_events.rs:51): streams the event `error`, whose name is reserved on a stream for `EventSource`; rename the event with `#[event("app-error")]`, or call `config.streams_as_written()`
      - `it::startup::reserved_events::ByRequest` (tests/it/startup/reserved_events.rs:52): streams the event `done`, whose name is reserved on a stream for `EventSource`; rename the event with `#[event("app-done")]`, or call `config.streams_as_written()`
      - `it::startup::reserved_events::ByRequest` (tests/it/startup/reserved_events.rs:52): streams the event `error`, whose name is reserved on a stream for `EventSource`; rename the event with `#[event("app-error")]`, or call `config.streams_as_written()`
    "#);
}

#[tokio::test]
async fn line_09_typed_events_as_written_may_have_every_name() {
    let host = Host::empty().endpoint::<Posted>().bind("127.0.0.1:0").start().await.unwrap();
    let mut raw = crate::wire::raw::Raw::post(host.address(), "/posted").await;
    raw.head().await;
    let expected =
        "event: started\ndata: {}\n\nevent: error\ndata: {}\n\nevent: done\ndata: {}\n\n";
    assert_eq!(raw.chunked_body().await, expected);
}

#[tokio::test]
async fn line_09_a_reserved_name_of_a_generic_enum_is_a_500_before_the_head() {
    let host = Host::empty().endpoint::<Generic>().bind("127.0.0.1:0").start().await.unwrap();
    let mut raw = crate::wire::raw::Raw::get(host.address(), "/generic").await;
    assert_eq!(raw.head().await.status(), 500);
}
