//! Replays the recorded exchanges of FastEndpoints' own tests against the application, over a socket.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails fails its test")]
#![expect(clippy::indexing_slicing, reason = "a recording without a member fails its test")]

mod comparing;
mod placeholders;
mod recording;
mod requests;

use std::collections::BTreeMap;

use fastendpoints_application::application;
use serde_json::json;

use crate::recording::Exchange;
use crate::requests::Replay;

const EXCHANGES: &str = include_str!("../../exchanges.jsonl");
const DIFFERS: &str = include_str!("../../differs.json");

/// What became of each exchange, by its id: `None` for the recorded answer, or what is not the same.
async fn replayed(exchanges: Vec<Exchange>) -> BTreeMap<String, Option<String>> {
    let running = application().bind("127.0.0.1:0").start().await.unwrap();
    let results = Replay::new(running.address(), exchanges).run().await;
    running.stop().await;
    results
}

/// The results that are not as expected: a difference without a reason, or a reason without a
/// difference.
fn unexpected(
    results: &BTreeMap<String, Option<String>>,
    differs: &BTreeMap<String, String>,
) -> Vec<String> {
    let unexpected = results.iter().filter_map(|(id, why)| match (why, differs.get(id)) {
        (Some(why), None) => Some(format!("{id}: {why}")),
        (None, Some(_)) => Some(format!("{id} is the same although it is said to differ")),
        _ => None,
    });
    let unknown = differs.keys().filter(|id| !results.contains_key(*id));
    unexpected.chain(unknown.map(|id| format!("{id} is not recorded"))).collect()
}

#[tokio::test]
async fn each_recorded_exchange_has_its_answer_or_a_reason_for_another() {
    let differs: BTreeMap<String, String> = serde_json::from_str(DIFFERS).unwrap();
    assert!(differs.len() <= 18 && differs.values().all(|reason| reason.len() > 20));
    let results = replayed(Exchange::read_all(EXCHANGES)).await;
    assert_eq!(results.len(), 87);
    let unexpected = unexpected(&results, &differs);
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

#[tokio::test]
async fn a_changed_recording_is_noticed() {
    let mut exchanges = Exchange::read_all(EXCHANGES);
    exchanges.retain(|exchange| ["x008", "x035", "x079", "x280", "x346"].contains(&&*exchange.id));
    let changes: [(&str, &str, serde_json::Value); 5] = [
        ("x008", "/body/json/errors/userName/0", json!("Username is short!")),
        ("x035", "/headers/0/1", json!("text/plain")),
        ("x079", "/status", json!(204)),
        ("x280", "/body/text", json!("fghi")),
        ("x346", "/body/sha256", json!("00")),
    ];
    for (id, pointer, value) in changes {
        let exchange = exchanges.iter_mut().find(|exchange| exchange.id == id).unwrap();
        *exchange.response.pointer_mut(pointer).unwrap() = value;
    }
    let results = replayed(exchanges).await;
    assert!(results.values().all(Option::is_some), "{results:#?}");
    assert_eq!(unexpected(&results, &BTreeMap::new()).len(), 5);
}

#[test]
fn a_listed_difference_that_is_gone_is_a_failure() {
    let results = BTreeMap::from([("x1".to_owned(), None), ("x2".to_owned(), Some("so".into()))]);
    let differs = |id: &str| BTreeMap::from([(id.to_owned(), "a reason".to_owned())]);
    let unexpected = |id| unexpected(&results, &differs(id));
    assert!(unexpected("x2").is_empty());
    assert_eq!(unexpected("x1").len(), 2);
    assert_eq!(unexpected("x3"), ["x2: so", "x3 is not recorded"]);
}
