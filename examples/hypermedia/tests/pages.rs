//! The pages and their streams, called by the types of their endpoints.
#![expect(clippy::unwrap_used, reason = "a failing call fails its test")]

use example_hypermedia::pages::{
    DatastarCounts, DatastarVote, HtmxCounts, HtmxPage, HtmxVote, Scripts, Vote,
};
use example_hypermedia::{Drink, application};
use hyperpoint_testing::TestApp;

fn app() -> TestApp {
    TestApp::new(application(Scripts::default())).unwrap()
}

#[tokio::test]
async fn a_vote_of_either_page_reaches_the_streams_of_both() {
    let app = app();
    let mut htmx = app.events::<HtmxCounts>(&()).await.unwrap();
    let mut datastar = app.events::<DatastarCounts>(&()).await.unwrap();
    for stream in [&mut htmx, &mut datastar] {
        assert_eq!(stream.next().await.unwrap().name, "ready");
    }
    app.send::<HtmxVote>(&Vote { drink: Drink::Tea }).await.unwrap();
    let mut answer = app.events::<DatastarVote>(&Vote { drink: Drink::Tea }).await.unwrap();
    assert_eq!(answer.next().await.unwrap().name, "datastar-patch-signals");
    for count in ["1 vote", "2 votes"] {
        let event = htmx.next().await.unwrap();
        assert_eq!((event.name.as_str(), event.data.as_str()), ("tea", count));
        let event = datastar.next().await.unwrap();
        assert_eq!(event.name, "datastar-patch-elements");
        let element = format!("elements <output id=\"tea\" data-testid=\"tea\">{count}</output>");
        assert_eq!(event.data, element);
    }
}

#[tokio::test]
async fn a_page_of_datastar_that_votes_gets_a_signal_and_nothing_else() {
    let app = app();
    let mut answer = app.events::<DatastarVote>(&Vote { drink: Drink::Water }).await.unwrap();
    let event = answer.next().await.unwrap();
    assert_eq!(event.name, "datastar-patch-signals");
    assert_eq!(event.data, r#"signals {"mine":"water"}"#);
    answer.ended().await.unwrap();
}

#[tokio::test]
async fn a_page_that_comes_late_gets_the_newest_counts() {
    let app = app();
    app.send::<HtmxVote>(&Vote { drink: Drink::Coffee }).await.unwrap();
    let page = app.send::<HtmxPage>(&()).answer().await.unwrap();
    assert!(page.text().contains(">1 vote</output>"), "{}", page.text());
    let mut counts = app.events::<HtmxCounts>(&()).await.unwrap();
    assert_eq!(counts.next().await.unwrap().name, "ready");
    assert_eq!(counts.next().await.unwrap().data, "1 vote");
}

#[tokio::test]
async fn scripts_come_from_a_folder_only_if_it_is_given() {
    let app = app();
    assert_eq!(app.get("/scripts/htmx.min.js").await.unwrap().status(), 404);
    let page = app.get("/htmx").await.unwrap();
    assert!(page.text().contains("https://cdn.jsdelivr.net/npm/htmx.org@"), "{}", page.text());
}
