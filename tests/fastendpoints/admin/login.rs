//! `POST, PUT, PATCH /api/admin/login`

use hyperpoint::http::Method;
use hyperpoint::prelude::*;
use hyperpoint::schemes::JwtIssuer;
use hyperpoint::{Identity, http::StatusCode};
use jiff::{Timestamp, ToSpan};

use crate::permissions::OF_ADMINS;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LoginRequest {
    user_name: String,
    password: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoginResponse {
    jwt_token: String,
    expiry_date: Timestamp,
    permissions: Vec<&'static str>,
}

#[derive(Endpoint)]
struct Login {
    issuer: Arc<JwtIssuer>,
}

impl LoginRequest {
    pub(super) fn check(&self, failures: &mut Failures) {
        let Self { user_name, password } = self;
        failures.check("userName", user_name.len() <= 50, "cannot exceed 50 chars!");
        failures.check("userName", !user_name.is_empty(), "Username is required!");
        failures.check("userName", user_name.len() >= 3, "Username too short!");
        failures.check("password", !password.is_empty(), "Password is required!");
        failures.check("password", password.len() >= 3, "Password too short!");
    }

    pub(super) fn sign_in(&self, issuer: &JwtIssuer) -> Result<LoginResponse> {
        if (&*self.user_name, &*self.password) != ("admin", "pass") {
            return Err(Problem::new(StatusCode::BAD_REQUEST).detail("Authentication Failed!"));
        }
        let admin = Identity::user("admin")
            .with_claim("username", "admin")
            .with_claim("user-type", "admin")
            .with_claim("admin-id", "USR0001")
            .with_claim("test-claim", "test claim val")
            .with_role("admin")
            .with_role("staff");
        let admin = OF_ADMINS.iter().fold(admin, |admin, (code, _)| admin.with_permission(*code));
        Ok(LoginResponse {
            jwt_token: issuer.issue(&admin)?,
            expiry_date: Timestamp::now() + 24.hours(),
            permissions: OF_ADMINS.map(|(_, name)| name).to_vec(),
        })
    }
}

impl Endpoint for Login {
    type Request = LoginRequest;
    type Response = LoginResponse;

    fn configure(config: &mut Config) {
        config.verbs([Method::POST, Method::PUT, Method::PATCH]);
        config.routes(["/admin/login"]);
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    fn validate(&self, request: &LoginRequest, failures: &mut Failures) {
        request.check(failures);
    }

    async fn handle(&self, request: LoginRequest, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.sign_in(&self.issuer)?).await
    }
}
