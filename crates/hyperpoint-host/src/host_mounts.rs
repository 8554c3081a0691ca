//! The methods of the host builder that mount tower services and already built endpoints.

use std::any::type_name;
use std::error::Error;
use std::panic::Location;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body as HttpBody;
use hyperpoint_core::endpoint::Registration;
use hyperpoint_core::{Body, Declared, Endpoint, Settings};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::host::Host;
use crate::routing::{Mounting, Placed};

type BoxError = Box<dyn Error + Send + Sync>;

impl Host {
    /// Mounts a tower service at a path, such as `ServeDir` or an axum `Router`. The service
    /// handles every method on the path and below it, except on paths that have an endpoint. It
    /// receives the request target without the path: `/a.txt` for `/files/a.txt`.
    ///
    /// `configure` must set the access rule: `allow_anonymous()`, `authenticated()` or a
    /// requirement. It may also set limits on requests and layers, which are added to the host's,
    /// and CORS rules, the error format and allowed names, which replace the host's. A version,
    /// processors, stream limits and `allow_anonymous_verbs` apply only to endpoints, and are
    /// configuration errors here.
    ///
    /// On HTTP/1.1 the service may upgrade the connection, for example to a WebSocket. An upgraded
    /// connection still counts against the limits on connections, and is closed when the identity
    /// of its request expires or is revoked. When the host stops, reads from the connection report
    /// its end at a random time within the drain window. The extensions of each request contain its
    /// [`Identity`](hyperpoint_core::Identity), the [`Stopping`](hyperpoint_core::Stopping) signal
    /// and, if the client's address is known, its [`Peer`](hyperpoint_core::Peer).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use hyperpoint::http::{Request, Response};
    /// use hyperpoint::{Body, Host};
    /// use tower::service_fn;
    ///
    /// let files = service_fn(|request: Request<Body>| async move {
    ///     Ok::<_, Infallible>(Response::new(format!("the file {}", request.uri().path())))
    /// });
    /// let host = Host::new().mount("/files", files, |mount| mount.allow_anonymous());
    /// # drop(host);
    /// ```
    #[track_caller]
    pub fn mount<S, B>(
        mut self,
        path: &str,
        service: S,
        configure: impl FnOnce(&mut Settings),
    ) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let mut settings = Settings::default();
        configure(&mut settings);
        let service = service.map_response(|response| response.map(Body::boxed));
        self.mounts.push(Mounting {
            path: path.to_owned(),
            service: BoxCloneSyncService::new(service.map_err(Into::into)),
            type_name: type_name::<S>(),
            settings,
            declared: called_at(Location::caller()),
        });
        self
    }

    /// Mounts an already built endpoint at a path for GET and HEAD, for example to serve a document
    /// about the host. Prefixes, versions and processors of the host do not apply to it. As with
    /// [`mount`](Self::mount), the settings must set the access rule.
    #[doc(hidden)]
    #[track_caller]
    pub fn place<E: Endpoint>(self, path: &str, endpoint: Arc<E>, settings: Settings) -> Self {
        self.place_for(Method::GET, path, endpoint, settings)
    }

    /// Mounts an endpoint as [`place`](Self::place) does, for another method.
    #[doc(hidden)]
    #[track_caller]
    pub fn place_for<E: Endpoint>(
        mut self,
        method: Method,
        path: &str,
        endpoint: Arc<E>,
        settings: Settings,
    ) -> Self {
        let mut registration = Registration::of::<E>();
        registration.declared = called_at(Location::caller());
        let path = path.to_owned();
        self.placed.push(Placed { registration, endpoint, path, method, settings });
        self
    }
}

fn called_at(place: &'static Location<'static>) -> Declared {
    Declared { file: place.file(), line: place.line() }
}
