//! `GET /me`

use hyperpoint::prelude::*;

use super::user::User;
use crate::presence::People;

/// Returns the current user and the rooms.
#[derive(Endpoint)]
pub struct Me {
    people: Arc<People>,
}

impl Endpoint for Me {
    type Request = ();
    type Response = User;

    fn configure(config: &mut Config) {
        config.get("/me");
        config.tags(["Users"]);
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(User::of(cx.identity, &self.people)).await
    }
}
