//! Calls of a [`TestApp`] by method and path.

use http::Method;

use crate::call::Call;
use crate::client::Client;
use crate::test_app::TestApp;

impl TestApp {
    /// Builds a GET request to `path`, which may have a query.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::Method;
    /// use hyperpoint::prelude::*;
    /// use hyperpoint_testing::TestApp;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let app = TestApp::new(Host::empty().health(|checks| checks))?;
    /// for call in [app.get("/a"), app.post("/a"), app.put("/a"), app.delete("/a")] {
    ///     assert_eq!(call.await?.status(), 404);
    /// }
    /// assert!(app.call(Method::HEAD, "/a?b=c").await?.bytes().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Builds a POST request to `path`.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// Builds a QUERY request to `path`.
    pub fn query(&self, path: &str) -> Call {
        self.call(Method::QUERY, path)
    }

    /// Builds a PUT request to `path`.
    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    /// Builds a DELETE request to `path`.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Builds a request with this method to `path`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.caller.clone(), method, path)
    }

    /// Returns the client that sends the requests, for event streams by path and for closing
    /// connections.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint_testing::{ReadError, TestApp};
    ///
    /// async fn first_message(app: &TestApp) -> Result<String, ReadError> {
    ///     let mut events = app.client().events("/chat?room=lobby").await?;
    ///     Ok(events.next().await?.data)
    /// }
    /// ```
    #[must_use]
    pub fn client(&self) -> Client {
        Client::of(self.caller.clone())
    }
}
