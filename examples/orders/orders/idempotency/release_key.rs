//! The post-processor that releases the key of a request that failed.

use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PostCx, PostProcessor, async_trait};

use super::claim::Claim;
use crate::store::Store;

/// Releases the key of a request that failed or whose client left, so that the client may retry. The key
/// of a request whose answer is stored stays claimed.
#[derive(FromServices)]
pub(in crate::orders) struct ReleaseKey {
    store: Arc<Store>,
}

#[async_trait]
impl PostProcessor for ReleaseKey {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        let is_answered = cx.outcome.status.is_some_and(|status| status.is_success());
        if let Some(claim) = cx.state.get::<Claim>().filter(|_| !is_answered) {
            claim.end();
            self.store.write(move |database| claim.release(database)).await?;
        }
        Ok(())
    }
}
