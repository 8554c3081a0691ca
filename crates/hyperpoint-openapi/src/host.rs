//! The methods that the crate adds to hosts and applications.

use std::sync::{Arc, OnceLock};

use hyperpoint_host::{Application, Host};

use crate::api::OpenApi;
use crate::document::OpenApiDocument;
use crate::page::{POLICY, page};
use crate::served::Served;

/// Serves the OpenAPI document of a host.
pub trait ServeOpenApi {
    /// Serves the document of the host's endpoints, in OpenAPI 3.1 at `/openapi.json` and in OpenAPI 3.2 at
    /// `/openapi-3.2.json`, with an `ETag`. `describe` sets its title, version and paths, and must set who
    /// may read it, with `allow_anonymous()`, `authenticated()` or a requirement.
    ///
    /// An example that does not fit its schema is a configuration error, and so is an operation id that two
    /// endpoints set.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    /// use hyperpoint::openapi::ServeOpenApi;
    ///
    /// let host = Host::new().openapi(|api| {
    ///     api.title("Orders");
    ///     api.version("1.4.0");
    ///     api.page("/streams");
    ///     api.allow_anonymous();
    /// });
    /// # drop(host);
    /// ```
    #[must_use = "a host does nothing until it is built, started or run"]
    fn openapi(self, describe: impl FnOnce(&mut OpenApi)) -> Self;
}

/// Returns the OpenAPI document of an application without running it.
pub trait DescribeApplication {
    /// Returns the document. Its title and version are those that [`ServeOpenApi::openapi`] sets, or the
    /// defaults if the host does not call that method.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::openapi::DescribeApplication;
    /// use hyperpoint::{Host, HostError};
    ///
    /// # fn main() -> Result<(), HostError> {
    /// if std::env::args().any(|argument| argument == "--openapi") {
    ///     println!("{}", Host::new().build()?.openapi());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn openapi(&self) -> OpenApiDocument;
}

/// The options and the document of a host, registered as a service for the application to find.
#[derive(Debug)]
struct Described {
    api: OpenApi,
    document: OnceLock<OpenApiDocument>,
}

impl ServeOpenApi for Host {
    #[track_caller]
    fn openapi(self, describe: impl FnOnce(&mut OpenApi)) -> Self {
        let mut api = OpenApi::default();
        describe(&mut api);
        let (first, second, streams) = (Served::default(), Served::default(), Served::default());
        let mut host = self;
        for (path, served) in [(&api.path, &first), (&api.path_3_2, &second)] {
            host = host.mount_document(path, served.clone(), api.settings.clone());
        }
        if let Some(path) = &api.page {
            host = host.mount_document(path, streams.clone(), api.settings.clone());
        }
        let described = Arc::new(Described { api, document: OnceLock::new() });
        let kept = Arc::clone(&described);
        host.service(described).with_contract(move |contract| {
            let (document, errors) = OpenApiDocument::new(contract, &kept.api);
            first.set(document.to_string(), "application/json", None);
            second.set(document.text_3_2(), "application/json", None);
            streams.set(page(&kept.api), "text/html; charset=utf-8", Some(POLICY));
            // The host is built once.
            let _ = kept.document.set(document);
            errors
        })
    }
}

impl DescribeApplication for Application {
    fn openapi(&self) -> OpenApiDocument {
        let described = self.service::<Described>();
        let known = described.as_ref().and_then(|described| described.document.get());
        known
            .cloned()
            .unwrap_or_else(|| OpenApiDocument::new(&self.contract(), &OpenApi::default()).0)
    }
}
