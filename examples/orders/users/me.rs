//! `GET /me`

use hyperpoint::prelude::*;

use super::user::User;

/// Returns the current user.
#[derive(Endpoint)]
pub struct Me;

impl Endpoint for Me {
    type Request = ();
    type Response = User;

    fn configure(config: &mut Config) {
        config.get("/me");
        config.tags(["Users"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(User::of(cx.identity)).await
    }
}
