//! The users of a test: an authentication scheme that the test adds to its host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, HeaderValue, request};
use hyperpoint_core::{AuthenticationScheme, Identity, Problem, async_trait};
use uuid::Uuid;

/// The header by which a user of a test is told.
pub(crate) const TEST_USER: HeaderName = HeaderName::from_static("x-test-user");

/// Who there is, by the key that a client of the test sends. Its clones have the same.
#[derive(Clone, Default)]
pub(crate) struct TestUsers(Arc<Mutex<HashMap<String, Identity>>>);

impl TestUsers {
    /// Adds a user. The key that is given stands for it.
    pub(crate) fn add(&self, user: Identity) -> HeaderValue {
        let key = Uuid::new_v4().simple().to_string();
        let value = HeaderValue::try_from(&key).expect("hex digits are a header's value");
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

    /// None: a test may ask as often as it likes.
    fn credentials<'r>(&self, _: &'r request::Parts) -> Option<&'r [u8]> {
        None
    }
}
