//! The outcome of a byte stream, as post-processors receive it.

use std::sync::Mutex;

use http::Request;
use hyperpoint::prelude::*;
use hyperpoint::{Application, FromServices, PostCx, PostProcessor, async_trait};

use crate::http::endpoint;
use crate::wire::memory::Memory;

/// The statuses of the response and of the problem, and `has_client_left`.
type Noted = (Option<u16>, Option<u16>, bool);

#[derive(Default)]
struct Outcomes(Mutex<Vec<Noted>>);

#[derive(FromServices)]
struct Note {
    outcomes: Arc<Outcomes>,
}

#[async_trait]
impl PostProcessor for Note {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        let status = cx.outcome.status.map(|status| status.as_u16());
        let problem = cx.outcome.problem.map(|problem| problem.status().as_u16());
        self.outcomes.0.lock().unwrap().push((status, problem, cx.outcome.has_client_left));
        Ok(())
    }
}

endpoint! {
    Rows: () => ();
    |config| {
        config.get("/rows");
        config.allow_anonymous();
        config.after::<Note>();
    }
    |(), cx| {
        let rows = stream! {
            yield Ok("row\n");
            tokio::task::yield_now().await;
            yield Err(Problem::from("no more rows"));
        };
        cx.send.stream_async(rows, "text/csv").await
    }
}

fn app(outcomes: &Arc<Outcomes>) -> Application {
    Host::empty().endpoint::<Rows>().service(Arc::clone(outcomes)).build().unwrap()
}

#[tokio::test]
async fn a_byte_stream_that_fails_has_the_status_that_was_sent() {
    let outcomes = Arc::default();
    let request = Request::get("/rows").body(String::new()).unwrap();
    let mut memory = Memory::ask(&app(&outcomes), request).await;
    assert_eq!(memory.head.status, 200);
    let (_, cut) = memory.rest_and_cut().await;
    assert!(cut.is_some());
    assert_eq!(*outcomes.0.lock().unwrap(), [(Some(200), Some(500), false)]);
}

#[tokio::test]
async fn a_head_request_of_a_byte_stream_is_not_reported_as_a_disconnect() {
    let outcomes = Arc::default();
    let request = Request::head("/rows").body(String::new()).unwrap();
    let mut memory = Memory::ask(&app(&outcomes), request).await;
    assert_eq!((memory.head.status.as_u16(), memory.rest().await), (200, String::new()));
    tokio::task::yield_now().await;
    assert_eq!(*outcomes.0.lock().unwrap(), [(Some(200), None, false)]);
}
