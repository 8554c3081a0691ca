//! An endpoint whose handler is a closure, so that a test is readable in one place.

use std::fmt;

use futures_util::future::BoxFuture;
use hyperpoint::Endpoint;
use hyperpoint::prelude::*;

type Handler<T> =
    Box<dyn for<'a> Fn(Cx<'a, Scripted<T>>) -> BoxFuture<'a, Result> + Send + Sync + 'static>;

/// The handler of the endpoint.
pub(crate) struct Script<T: 'static>(Handler<T>);

/// `GET` and `POST /s`, open to all users and from any origin: events of `T`, sent by a [`Script`].
#[derive(Endpoint)]
#[endpoint(by_hand)]
pub(crate) struct Scripted<T: 'static> {
    script: Arc<Script<T>>,
}

impl<T: 'static> Endpoint for Scripted<T> {
    type Request = ();
    type Response = Events<T>;

    fn configure(config: &mut Config) {
        config.get("/s");
        config.post("/s");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        (self.script.0)(cx).await
    }
}

impl<T> fmt::Debug for Scripted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

/// Starts a host on a free port whose `/s` is handled by this script.
pub(crate) fn scripted<T: 'static>(
    handler: impl for<'a> Fn(Cx<'a, Scripted<T>>) -> BoxFuture<'a, Result> + Send + Sync + 'static,
) -> Host {
    Host::empty()
        .endpoint::<Scripted<T>>()
        .service(Arc::new(Script::<T>(Box::new(handler))))
        .bind("127.0.0.1:0")
}
