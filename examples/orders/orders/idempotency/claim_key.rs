//! The pre-processor that claims the key of a request.

use hyperpoint::http::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyperpoint::http::{StatusCode, request};
use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};

use super::claim::{Claim, Claimed};
use crate::orders::get_order::{GetOrder, OrderId};
use crate::orders::new_order::NewOrder;
use crate::store::Store;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Claims the key of a request before its handler runs. A request that was answered before gets this answer.
#[derive(FromServices)]
pub(in crate::orders) struct ClaimKey {
    store: Arc<Store>,
}

#[async_trait]
impl PreProcessor for ClaimKey {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        let key = key_of(cx.request)?;
        let claim = Claim::new(cx.identity.subject().unwrap_or_default(), key);
        // The bound request: white space and the order of members do not matter.
        let order = cx.data::<NewOrder>().ok_or("`ClaimKey` is for new orders")?;
        let request = serde_json::to_string(order)?;
        // Before the row exists, so that `ReleaseKey` finds the claim whenever the client leaves.
        cx.state.set(claim.clone());
        match self.store.write(move |database| claim.take(database, &request)).await? {
            Claimed::New => Ok(None),
            Claimed::Answered { created_id, answer } => {
                let location = cx.links.to::<GetOrder>(&OrderId { id: created_id })?;
                let send = cx.send.header(LOCATION, HeaderValue::try_from(location)?);
                send.response_async(StatusCode::CREATED, answer).await.map(Some)
            }
            Claimed::Running => Err(Problem::new(StatusCode::CONFLICT)
                .detail("the first request with this idempotency key is running; retry")
                .header(RETRY_AFTER, HeaderValue::from_static("1"))),
            Claimed::OtherRequest => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
                .detail("this idempotency key was sent with another request; use a new key")),
        }
    }
}

fn key_of(request: &request::Parts) -> Result<&str> {
    let mut keys = request.headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (keys.next(), keys.next());
    let key = first.filter(|_| second.is_none()).and_then(|key| key.to_str().ok());
    let key = key.filter(|key| (1..=255).contains(&key.len()));
    key.or_problem(
        StatusCode::BAD_REQUEST,
        "send one header Idempotency-Key of 1 to 255 ASCII characters: a new one for each order",
    )
}
