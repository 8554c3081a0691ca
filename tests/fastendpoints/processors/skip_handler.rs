//! `POST /api/test-cases/skip-handler-if-response-started`

use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShortCircuiting {
    #[serde(default)]
    short_circuit: bool,
    #[serde(default, rename = "correlationId")]
    _correlation_id: Uuid,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered {
    pub(super) source: &'static str,
    pub(super) handler_ran: bool,
}

/// Answers in place of the handler, if the request asks for it.
#[derive(FromServices)]
pub(super) struct AnswerBefore;

#[async_trait]
impl PreProcessor for AnswerBefore {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        if cx.data::<ShortCircuiting>().is_none_or(|request| !request.short_circuit) {
            return Ok(None);
        }
        let answer = Answered { source: "before-handle", handler_ran: false };
        cx.send.ok_async(answer).await.map(Some)
    }
}

#[derive(Endpoint)]
struct SkipHandler;

impl Endpoint for SkipHandler {
    type Request = ShortCircuiting;
    type Response = Answered;

    fn configure(config: &mut Config) {
        config.post("/test-cases/skip-handler-if-response-started");
        config.allow_anonymous();
        config.before::<AnswerBefore>();
    }

    async fn handle(&self, _: ShortCircuiting, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(Answered { source: "handler", handler_ran: true }).await
    }
}
