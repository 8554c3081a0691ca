//! The authentication scheme that a [`TestApp`](crate::TestApp) adds to its host, so that a test
//! can send requests as any user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, HeaderValue, request};
use hyperpoint_core::{AuthenticationScheme, Identity, Problem, async_trait};
use uuid::Uuid;

/// The request header that holds the key of a test user.
pub(crate) const TEST_USER: HeaderName = HeaderName::from_static("x-test-user");

/// The users of one test application, by their keys. Clones share the users.
#[derive(Clone, Default)]
pub(crate) struct TestUsers(Arc<Mutex<HashMap<String, Identity>>>);

impl TestUsers {
    /// Adds a user and returns its random key, as a header value.
    pub(crate) fn add(&self, user: Identity) -> HeaderValue {
        let key = Uuid::new_v4().simple().to_string();
        let value = HeaderValue::try_from(&key).expect("hex digits are a valid header value");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, user);
        value
    }
}

#[async_trait]
impl AuthenticationScheme for TestUsers {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("TestUser")
    }

    async fn authenticate(&self, request: &request::Parts) -> Result<Option<Identity>, Problem> {
        let key = request.headers.get(TEST_USER).and_then(|key| key.to_str().ok());
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(key.and_then(|key| users.get(key)).cloned())
    }

    /// Returns `None`, so that requests as test users do not count towards the host's limit on
    /// failed authentication.
    fn credentials<'r>(&self, _: &'r request::Parts) -> Option<&'r [u8]> {
        None
    }
}
