//! `POST /sign-in`

use hyperpoint::Identity;
use hyperpoint::http::header::SET_COOKIE;
use hyperpoint::prelude::*;
use hyperpoint::schemes::CookieSessions;

use super::user::User;
use crate::presence::People;

/// The name to sign in with. There is no password: every client may use every name.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct NewSession {
    /// The name of the user.
    pub name: String,
}

/// Signs a user in, with a session in a cookie.
#[derive(Endpoint)]
pub struct SignIn {
    sessions: Arc<CookieSessions>,
    people: Arc<People>,
}

impl Endpoint for SignIn {
    type Request = NewSession;
    type Response = User;

    fn configure(config: &mut Config) {
        config.post("/sign-in");
        config.allow_anonymous();
        config.tags(["Users"]);
    }

    fn validate(&self, NewSession { name }: &NewSession, failures: &mut Failures) {
        failures.check("name", (1..=20).contains(&name.chars().count()), "has 1 to 20 characters");
        let is_plain = name.trim() == name && !name.contains(char::is_control);
        failures.check("name", is_plain, "has no line break, and no space at its ends");
    }

    async fn handle(&self, NewSession { name }: NewSession, cx: Cx<'_, Self>) -> Result {
        let identity = Identity::user(name);
        let cookie = self.sessions.sign_in(cx.request, &identity)?;
        cx.send.header(SET_COOKIE, cookie).ok_async(User::of(&identity, &self.people)).await
    }
}
