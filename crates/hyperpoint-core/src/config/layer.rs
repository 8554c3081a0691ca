//! Tower layers around endpoints.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_layer::Layer;
use tower_service::Service;

use crate::response_body::Body;

type BoxError = Box<dyn Error + Send + Sync>;

/// The service that a layer wraps: the endpoint, the mounted service or the application, with the
/// layers applied so far.
pub type Layered = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// A `tower::Layer` for an endpoint, a mounted service or the whole application. The service of the
/// layer accepts `Request<Body>` and returns `Response<B>`, where `B` is a body whose data type is
/// `Bytes`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a layer of an endpoint",
    label = "not a layer for endpoints",
    note = "give a `tower::Layer` that is `Send + Sync`, whose service takes `Request<Body>`, returns \
            `Response<_>` and is `Clone + Send + Sync`, with a future that is `Send`"
)]
pub trait EndpointLayer<B>: Send + Sync + 'static {
    /// Wraps the service in the layer.
    #[doc(hidden)]
    fn wrap(&self, inner: Layered) -> Layered;
}

#[diagnostic::do_not_recommend]
impl<L, B> EndpointLayer<B> for L
where
    L: Layer<Layered> + Send + Sync + 'static,
    L::Service: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
    L::Service: Clone + Send + Sync + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn wrap(&self, inner: Layered) -> Layered {
        let service = self.layer(inner).map_response(|response| response.map(Body::boxed));
        BoxCloneSyncService::new(service.map_err(Into::into))
    }
}

/// A type-erased layer.
#[derive(Clone)]
pub struct AnyLayer(Arc<dyn Fn(Layered) -> Layered + Send + Sync>);

impl AnyLayer {
    /// Erases the type of the layer.
    pub fn new<B>(layer: impl EndpointLayer<B>) -> Self {
        Self(Arc::new(move |inner| layer.wrap(inner)))
    }

    /// Wraps the service in the layer.
    #[must_use]
    pub fn wrap(&self, inner: Layered) -> Layered {
        (self.0)(inner)
    }
}

impl fmt::Debug for AnyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyLayer")
    }
}
