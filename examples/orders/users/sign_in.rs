//! `POST /sign-in`

use hyperpoint::Identity;
use hyperpoint::http::StatusCode;
use hyperpoint::http::header::SET_COOKIE;
use hyperpoint::prelude::*;
use hyperpoint::schemes::CookieSessions;
use rusqlite::OptionalExtension;

use super::user::User;
use crate::passwords::is_right;
use crate::store::Store;

/// What a user signs in with.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Credentials {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// Signs a user in, by a session in a cookie.
#[derive(Endpoint)]
pub struct SignIn {
    store: Arc<Store>,
    sessions: Arc<CookieSessions>,
}

impl Endpoint for SignIn {
    type Request = Credentials;
    type Response = User;

    fn configure(config: &mut Config) {
        config.post("/sign-in");
        config.allow_anonymous();
    }

    fn validate(&self, credentials: &Credentials, failures: &mut Failures) {
        failures.check("name", !credentials.name.is_empty(), "must not be empty");
        failures.check("password", credentials.password.len() <= 1024, "is at most 1024 bytes");
    }

    async fn handle(&self, credentials: Credentials, cx: Cx<'_, Self>) -> Result {
        let Credentials { name, password } = credentials;
        let found = self.store.run(move |database| {
            let find = "SELECT password, role FROM users WHERE name = ?1";
            let user = database.query_row(find, [&name], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            });
            let user = user.optional()?;
            let is_right = is_right(&password, user.as_ref().map(|(kept, _)| kept.as_str()));
            Ok(user.filter(|_| is_right).map(|(_, role)| Identity::user(name).with_role(role)))
        });
        let identity =
            found.await?.or_problem(StatusCode::UNAUTHORIZED, "no such name and password")?;
        let cookie = self.sessions.sign_in(cx.request, &identity)?;
        cx.send.header(SET_COOKIE, cookie).ok_async(User::of(&identity)).await
    }
}
