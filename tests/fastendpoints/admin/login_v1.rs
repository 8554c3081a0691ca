//! `POST, PUT, PATCH /api/admin/login/ver1`

use std::time::Duration;

use hyperpoint::RateLimit;
use hyperpoint::http::Method;
use hyperpoint::prelude::*;
use hyperpoint::schemes::JwtIssuer;

use super::login::{LoginRequest, LoginResponse};

#[derive(Endpoint)]
struct LoginV1 {
    issuer: Arc<JwtIssuer>,
}

impl Endpoint for LoginV1 {
    type Request = LoginRequest;
    type Response = LoginResponse;

    fn configure(config: &mut Config) {
        config.verbs([Method::POST, Method::PUT, Method::PATCH]);
        config.routes(["/admin/login/ver{}"]);
        config.version(1);
        config.allow_anonymous();
        let limit = RateLimit::per(5, Duration::from_secs(5));
        config.rate_limit(limit.by_header("x-custom-throttle-header"));
    }

    fn validate(&self, request: &LoginRequest, failures: &mut Failures) {
        request.check(failures);
    }

    async fn handle(&self, request: LoginRequest, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(request.sign_in(&self.issuer)?).await
    }
}
