//! `POST /sign-out`

use hyperpoint::http::header::SET_COOKIE;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::schemes::CookieSessions;

/// Signs a user out.
#[derive(Endpoint)]
pub struct SignOut {
    sessions: Arc<CookieSessions>,
}

impl Endpoint for SignOut {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/sign-out");
        config.tags(["Users"]);
        config.answers_empty(204);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.header(SET_COOKIE, self.sessions.sign_out()).no_content_async().await
    }
}
