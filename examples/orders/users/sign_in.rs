//! `POST /sign-in`

use hyperpoint::http::StatusCode;
use hyperpoint::http::header::SET_COOKIE;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::schemes::CookieSessions;
use hyperpoint::{Identity, RateLimit};
use rusqlite::OptionalExtension;

use super::user::User;
use crate::passwords::Passwords;
use crate::store::Store;

/// The credentials of a user.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Credentials {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// Signs a user in, with a session in a cookie.
#[derive(Endpoint)]
pub struct SignIn {
    store: Arc<Store>,
    passwords: Arc<Passwords>,
    sessions: Arc<CookieSessions>,
}

impl Endpoint for SignIn {
    type Request = Credentials;
    type Response = User;

    fn configure(config: &mut Config) {
        config.post("/sign-in");
        config.allow_anonymous();
        config.tags(["Users"]);
        config.refuses([401]);
        config.example("ann", &Credentials { name: "ann".into(), password: "tea-at-five".into() });
        config.rate_limit(RateLimit::per_minute(10).by_address());
    }

    fn validate(&self, credentials: &Credentials, failures: &mut Failures) {
        failures.check("name", !credentials.name.is_empty(), "must not be empty");
        failures.check("password", credentials.password.len() <= 1024, "is at most 1024 bytes");
    }

    async fn handle(&self, credentials: Credentials, cx: Cx<'_, Self>) -> Result {
        let Credentials { name, password } = credentials;
        let wanted = name.clone();
        let user = self.store.read(move |database| {
            let find = "SELECT password, role FROM users WHERE name = ?1";
            let user = database.query_row(find, [&wanted], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            });
            Ok(user.optional()?)
        });
        let (kept, role) = user.await?.unzip();
        // Without holding a connection, because the check is slow on purpose.
        let is_right = self.passwords.are_right(password, kept).await;
        let role = role.filter(|_| is_right);
        let role = role.or_problem(StatusCode::UNAUTHORIZED, "no such name and password")?;
        let identity = Identity::user(name).with_role(role);
        let cookie = self.sessions.sign_in(cx.request, &identity)?;
        cx.send.header(SET_COOKIE, cookie).ok_async(User::of(&identity)).await
    }
}
