//! The pre-processors of every endpoint.

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};

use super::generic_global::Ran;
use crate::customers::NewCustomer;

/// Marks the request of `GenericGlobal`.
#[derive(FromServices)]
pub(crate) struct MarkGenericRequest;

#[async_trait]
impl PreProcessor for MarkGenericRequest {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        if let Some(request) = cx.data::<Ran>() {
            request.pre_proc_ran = true;
        }
        Ok(None)
    }
}

/// The state that `MarkGlobally` sets.
pub(crate) struct GlobalStateApplied;

#[derive(FromServices)]
pub(crate) struct MarkGlobally;

#[async_trait]
impl PreProcessor for MarkGlobally {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        cx.state.set(GlobalStateApplied);
        Ok(None)
    }
}

/// Refuses new customers without a tenant.
#[derive(FromServices)]
pub(crate) struct RequireTenant;

#[async_trait]
impl PreProcessor for RequireTenant {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        if cx.data::<NewCustomer>().is_some() && !cx.request.headers.contains_key("tenant-id") {
            return cx.send.status_async(StatusCode::FORBIDDEN).await.map(Some);
        }
        Ok(None)
    }
}
