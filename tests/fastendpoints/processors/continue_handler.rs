//! `POST /api/test-cases/continue-handler-if-response-started`

use hyperpoint::prelude::*;

use super::skip_handler::{AnswerBefore, Answered, ShortCircuiting};

#[derive(Endpoint)]
struct ContinueHandler;

impl Endpoint for ContinueHandler {
    type Request = ShortCircuiting;
    type Response = Answered;

    fn configure(config: &mut Config) {
        config.post("/test-cases/continue-handler-if-response-started");
        config.allow_anonymous();
        config.before::<AnswerBefore>();
    }

    async fn handle(&self, _: ShortCircuiting, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(Answered { source: "handler", handler_ran: true }).await
    }
}
