//! The method of the host builder that mounts a tower service.

use std::any::type_name;
use std::error::Error;
use std::panic::Location;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyperpoint_core::{Body, Declared, Settings};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::host::Host;
use crate::routing::{MountKind, Mounting};

type BoxError = Box<dyn Error + Send + Sync>;

impl Host {
    /// Mounts a tower service at a path, such as `ServeDir` or an axum `Router`. It answers every method on
    /// the path and below it, except on paths that have an endpoint. The service sees the target without
    /// the path: `/files/a.txt` as `/a.txt`.
    ///
    /// `configure` must set who is admitted: `allow_anonymous()`, `authenticated()` or a
    /// requirement. Limits on requests, layers, CORS rules, the error format and allowed names
    /// apply, too; the host's are used if unset. A version, processors and stream limits are for
    /// endpoints, and are configuration errors here.
    ///
    /// On HTTP/1.1 the service may upgrade the connection, such as to a WebSocket. The connection
    /// then counts against the limits of the host, and is closed when the identity expires or is
    /// revoked. During a stop, its reads end at a random time within the drain window, as event
    /// streams do. The extensions of a request contain its [`Identity`](hyperpoint_core::Identity),
    /// the [`Stopping`](hyperpoint_core::Stopping) signal and the [`Peer`](hyperpoint_core::Peer).
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
    pub fn mount<S, B>(self, path: &str, service: S, configure: impl FnOnce(&mut Settings)) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let mut settings = Settings::default();
        configure(&mut settings);
        self.mounted(path, service, settings, MountKind::Service)
    }

    #[track_caller]
    pub(crate) fn mounted<S, B>(
        mut self,
        path: &str,
        service: S,
        settings: Settings,
        kind: MountKind,
    ) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let service = service.map_response(|response| response.map(Body::boxed));
        let place = Location::caller();
        self.mounts.push(Mounting {
            path: path.to_owned(),
            service: BoxCloneSyncService::new(service.map_err(Into::into)),
            type_name: type_name::<S>(),
            settings,
            kind,
            declared: Declared { file: place.file(), line: place.line() },
        });
        self
    }
}
