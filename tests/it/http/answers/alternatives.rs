//! Endpoints with several kinds of response, each with its status.

use hyperpoint::prelude::*;
use hyperpoint::{Answer, Application};
use insta::assert_snapshot;

use crate::http::{endpoint, get};

#[derive(Serialize, JsonSchema)]
struct Taken {
    by: String,
}

#[derive(Answer)]
enum Renamed {
    #[answer(200)]
    Done(String),
    #[answer(409)]
    Conflict(Taken),
    #[answer(204)]
    Unchanged,
    #[answer(410)]
    Gone,
}

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

endpoint! {
    Rename: Kind => Renamed;
    |config| {
        config.get("/rename/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        let renamed = match kind.as_str() {
            "done" => Renamed::Done("Ann".to_owned()),
            "taken" => Renamed::Conflict(Taken { by: "Bob".to_owned() }),
            "gone" => Renamed::Gone,
            "as-ok" => return cx.send.ok_async(Renamed::Gone).await,
            _ => Renamed::Unchanged,
        };
        cx.send.etag(7_u64).answer_async(renamed).await
    }
}

fn app() -> Application {
    Host::empty().endpoint::<Rename>().build().unwrap()
}

#[tokio::test]
async fn each_variant_has_its_status_and_its_data() {
    assert_snapshot!(get(&app(), "/rename/done").await, @r#"
    200 OK
    content-type: application/json
    etag: "7"

    "Ann"
    "#);
    assert_snapshot!(get(&app(), "/rename/taken").await, @r#"
    409 Conflict
    content-type: application/json
    etag: "7"

    {"by":"Bob"}
    "#);
    assert_snapshot!(get(&app(), "/rename/same").await, @r#"
    204 No Content
    etag: "7"
    "#);
    assert_snapshot!(get(&app(), "/rename/gone").await, @r#"
    410 Gone
    content-type: application/problem+json
    etag: "7"

    {"type":"about:blank","title":"Gone","status":410,"instance":"/rename/gone","traceId":"T"}
    "#);
}

#[tokio::test]
async fn the_status_of_a_variant_is_not_replaced_by_another() {
    assert!(get(&app(), "/rename/as-ok").await.starts_with("500 "));
}

#[test]
fn every_status_and_schema_is_available_for_documentation() {
    let outcomes = Renamed::possible_answers();
    let told: Vec<_> =
        outcomes.iter().map(|one| (one.status.as_u16(), one.schema.is_some())).collect();
    assert_eq!(told, [(200, true), (409, true), (204, false), (410, false)]);
    assert_eq!(Vec::<u32>::possible_answers()[0].status, 200);
}
