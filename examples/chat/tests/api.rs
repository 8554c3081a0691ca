//! Two nodes on the topics of one process, called by the types of their endpoints.
#![expect(clippy::unwrap_used, reason = "a failing call fails its test")]

use std::collections::BTreeSet;
use std::time::Duration;

use chat_rooms::presence::{FollowNodes, Node, People};
use chat_rooms::rooms::{FollowRoom, NewMessage, RoomEvent, RoomPath, Say};
use chat_rooms::users::{Me, NewSession, SignIn, User};
use chat_rooms::{Room, application};
use hyperpoint::http::header::{COOKIE, SET_COOKIE};
use hyperpoint::prelude::*;
use hyperpoint::schemes::SigningKeys;
use hyperpoint::topics::Position;
use hyperpoint::topics::backplane::{
    Backplane, BackplaneError, Deleted, Deletion, Draft, Following, Lookup, Page, PageQuery, Stored,
};
use hyperpoint::{Identity, async_trait};
use hyperpoint_testing::{ReadError, TestApp, TypedEvents};

const KEY: [u8; 32] = [7; 32];

/// Creates a node with this name.
fn node(name: &str, topics: &Topics) -> TestApp {
    node_with(Arc::new(People::with(name)), topics)
}

fn node_with(people: Arc<People>, topics: &Topics) -> TestApp {
    TestApp::new(application(topics.clone(), people, SigningKeys::new(KEY))).unwrap()
}

fn lobby() -> RoomPath {
    RoomPath { room: "lobby".into() }
}

fn message(text: &str, key: Option<&str>) -> NewMessage {
    let key = from::Header(key.map(str::to_owned));
    NewMessage { room: "lobby".into(), text: text.into(), key }
}

fn message_event(name: &str, text: &str, node: &str) -> RoomEvent {
    RoomEvent::Said { name: name.into(), text: text.into(), node: node.into() }
}

#[tokio::test]
async fn a_session_created_at_one_node_is_valid_at_the_other() {
    let topics = Topics::default();
    let (first, second) = (node("one", &topics), node("two", &topics));
    let rooms = Room::ALL.map(|room| room.as_str().to_owned()).to_vec();
    let user = |name: Option<&str>, node: &str| User {
        name: name.map(str::to_owned),
        node: node.into(),
        rooms: rooms.clone(),
    };
    let signed_in = first.send::<SignIn>(&NewSession { name: "Ann".into() }).await.unwrap();
    assert_eq!(*signed_in, user(Some("Ann"), "one"));
    let cookie = signed_in.headers().get(SET_COOKIE).unwrap().clone();
    let me = second.with(COOKIE, cookie.clone()).send::<Me>(&()).await.unwrap();
    assert_eq!(*me, user(Some("Ann"), "two"));
    assert_eq!(*second.send::<Me>(&()).await.unwrap(), user(None, "two"));

    let people = Arc::new(People::with("three"));
    let of_another_key = application(topics, people, SigningKeys::new([8; 32]));
    let third = TestApp::new(of_another_key).unwrap().with(COOKIE, cookie);
    assert_eq!(third.send::<Me>(&()).await.unwrap().name, None);
}

#[tokio::test]
async fn an_anonymous_user_can_neither_read_nor_write() {
    let app = node("one", &Topics::default());
    assert_eq!(app.send::<Say>(&message("hello", None)).refused().await.unwrap().status, 401);
    for status in [
        app.events::<FollowRoom>(&lobby()).await.unwrap().status(),
        app.events::<FollowNodes>(&()).await.unwrap().status(),
    ] {
        assert_eq!(status, 401);
    }
    let long = "x".repeat(21);
    for name in ["", " Ann", "Ann\n", &long] {
        let refused = app.send::<SignIn>(&NewSession { name: name.into() }).refused().await;
        assert_eq!(refused.unwrap().names(), ["name"], "{name:?}");
    }
}

#[tokio::test]
async fn a_message_needs_a_text_and_an_existing_room() {
    let ann = node("one", &Topics::default()).user(Identity::user("Ann"));
    for text in ["", " \n", &"x".repeat(501)] {
        let problem = ann.send::<Say>(&message(text, None)).refused().await.unwrap();
        assert_eq!((problem.status.as_u16(), problem.names()), (400, vec!["text"]));
    }
    let elsewhere = NewMessage { room: "attic".into(), ..message("hello", None) };
    assert_eq!(ann.send::<Say>(&elsewhere).refused().await.unwrap().status, 404);
    let attic = RoomPath { room: "attic".into() };
    assert_eq!(ann.events::<FollowRoom>(&attic).await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_room_has_the_same_events_and_history_at_both_nodes() {
    let topics = Topics::default();
    let ann = node("one", &topics).user(Identity::user("Ann"));
    let bob = node("two", &topics).user(Identity::user("Bob"));
    ann.send::<Say>(&message("hello", None)).await.unwrap();

    let mut events = bob.events::<FollowRoom>(&lobby()).await.unwrap();
    assert_eq!(events.next_event().await.unwrap(), message_event("Ann", "hello", "one"));
    bob.send::<Say>(&message("/me waves", None)).await.unwrap();
    let waves = RoomEvent::Did { name: "Bob".into(), text: "waves".into(), node: "two".into() };
    assert_eq!(events.next_event().await.unwrap(), waves);

    let kitchen = NewMessage { room: "kitchen".into(), ..message("tea?", None) };
    ann.send::<Say>(&kitchen).await.unwrap();
    ann.send::<Say>(&message("bye", None)).await.unwrap();
    assert_eq!(events.next_event().await.unwrap(), message_event("Ann", "bye", "one"));
}

#[tokio::test]
async fn a_repeated_message_with_the_same_key_is_published_once() {
    let topics = Topics::default();
    let app = node("one", &topics);
    let (ann, bob) = (app.user(Identity::user("Ann")), app.user(Identity::user("Bob")));
    let at_the_other = node("two", &topics).user(Identity::user("Ann"));
    let hello = message("hello", Some("7"));
    let first = ann.send::<Say>(&hello).await.unwrap();
    let again = at_the_other.send::<Say>(&hello).await.unwrap();
    assert_eq!((first.is_repeated, again.is_repeated, &again.id), (false, true, &first.id));
    assert!(!bob.send::<Say>(&hello).await.unwrap().is_repeated);

    let mut events = ann.events::<FollowRoom>(&lobby()).await.unwrap();
    assert_eq!(events.next_event().await.unwrap(), message_event("Ann", "hello", "one"));
    assert_eq!(events.next_event().await.unwrap(), message_event("Bob", "hello", "one"));
}

#[tokio::test]
async fn users_with_similar_names_never_share_a_key() {
    let app = node("one", &Topics::default());
    let (ann, ann_b) = (app.user(Identity::user("Ann")), app.user(Identity::user("Ann B")));
    ann.send::<Say>(&message("hello", Some("B 7"))).await.unwrap();
    let other = ann_b.send::<Say>(&message("goodbye", Some("7"))).await.unwrap();
    assert!(!other.is_repeated);
    assert!(ann_b.send::<Say>(&message("goodbye", Some("7"))).await.unwrap().is_repeated);
}

/// Starts a node that publishes its presence, until the task is aborted.
fn publishing_presence(name: &str, topics: &Topics) -> (TestApp, tokio::task::JoinHandle<()>) {
    let people = Arc::new(People::with(name));
    let stopping = hyperpoint::Stopping::new(Duration::ZERO);
    let publishing_presence =
        Arc::clone(&people).tell(topics.clone(), format!("http://{name}"), stopping);
    (node_with(people, topics), tokio::spawn(publishing_presence))
}

/// Reads until this node is reported with these names in the lobby.
async fn hear(nodes: &mut TypedEvents<Node>, name: &str, people: &[&str]) {
    let expected: BTreeSet<_> = people.iter().map(|&name| name.to_owned()).collect();
    loop {
        let node = nodes.next_data().await.unwrap();
        let inside = node.people.get("lobby").cloned().unwrap_or_default();
        if node.name == name && inside == expected {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_is_present_for_all_nodes_until_the_last_stream_ends() {
    let topics = Topics::default();
    let (first, _first) = publishing_presence("one", &topics);
    let (second, _second) = publishing_presence("two", &topics);
    let (ann, bob) = (first.user(Identity::user("Ann")), second.user(Identity::user("Bob")));
    let mut nodes = ann.events::<FollowNodes>(&()).await.unwrap();
    let mut stream = bob.events::<FollowRoom>(&lobby()).await.unwrap();
    stream.next().await.unwrap();
    hear(&mut nodes, "two", &["Bob"]).await;
    let mut tab = bob.events::<FollowRoom>(&lobby()).await.unwrap();
    tab.next().await.unwrap();
    let mut of_ann =
        second.user(Identity::user("Ann")).events::<FollowRoom>(&lobby()).await.unwrap();
    of_ann.next().await.unwrap();
    hear(&mut nodes, "two", &["Ann", "Bob"]).await;
    stream.disconnect();
    of_ann.disconnect();
    hear(&mut nodes, "two", &["Bob"]).await;
    tab.disconnect();
    hear(&mut nodes, "two", &[]).await;
}

#[tokio::test(start_paused = true)]
async fn a_killed_node_is_no_longer_reported() {
    let topics = Topics::default();
    let (first, _first) = publishing_presence("one", &topics);
    let (second, of_second) = publishing_presence("two", &topics);
    let bob = second.user(Identity::user("Bob"));
    let mut stream = bob.events::<FollowRoom>(&lobby()).await.unwrap();
    stream.next().await.unwrap();
    let ann = first.user(Identity::user("Ann"));
    let mut nodes = ann.events::<FollowNodes>(&()).await.unwrap();
    hear(&mut nodes, "two", &["Bob"]).await;

    of_second.abort();
    nodes.disconnect();
    tokio::time::sleep(Duration::from_secs(9)).await;
    let mut nodes = ann.events::<FollowNodes>(&()).await.unwrap();
    assert_eq!(nodes.next().await.unwrap().name, "ready");
    assert_eq!(next_name(&mut nodes).await.unwrap(), "one");
    assert_eq!(next_name(&mut nodes).await.unwrap(), "one");
}

async fn next_name(nodes: &mut TypedEvents<Node>) -> Result<String, ReadError> {
    nodes.next_data().await.map(|node| node.name)
}

/// A backplane whose server is unavailable.
#[derive(Debug)]
struct Away;

#[async_trait]
impl Backplane for Away {
    async fn publish(&self, _: Draft) -> Result<Stored, BackplaneError> {
        Err(BackplaneError::new("publish an event", "the server does not answer"))
    }

    async fn follow(&self, _: Option<Position>) -> Result<Following, BackplaneError> {
        Err(BackplaneError::new("follow the log", "the server does not answer"))
    }

    async fn read(&self, _: PageQuery<'_>) -> Result<Page, BackplaneError> {
        Err(BackplaneError::new("read the past", "the server does not answer"))
    }

    async fn delete(&self, _: &str, _: Deletion) -> Result<Deleted, BackplaneError> {
        Err(BackplaneError::new("delete events", "the server does not answer"))
    }

    async fn look_up(&self, _: Position) -> Result<Lookup, BackplaneError> {
        Err(BackplaneError::new("look up a position", "the server does not answer"))
    }
}

#[tokio::test]
async fn while_publishing_fails_the_page_may_retry() {
    let topics = Topics::with_backplane(Away, |_| {});
    let ann = node("one", &topics).user(Identity::user("Ann"));
    let problem = ann.send::<Say>(&message("hello", None)).refused().await.unwrap();
    assert_eq!(problem.status, 503);
}
