//! The methods that this crate adds to hosts and applications.

use std::sync::{Arc, OnceLock};

use hyperpoint_host::{Application, Host};

use crate::api::OpenApi;
use crate::document::OpenApiDocument;
use crate::page::{POLICY, page};
use crate::served::ServedDocument;

/// Serves the OpenAPI document of a host.
pub trait ServeOpenApi {
    /// Serves the document of the host's endpoints, in OpenAPI 3.1 at `/openapi.json` and in
    /// OpenAPI 3.2 at `/openapi-3.2.json`, with an `ETag`. `describe` can set the title, the
    /// version and other paths of the document, and must set the access rule with
    /// `allow_anonymous()`, `authenticated()` or a requirement. To serve a second document, call
    /// this method again with other paths.
    ///
    /// The descriptions in `configure` are validated: an example that does not match its schema is
    /// a configuration error, and so are an operation id that two endpoints set, and an endpoint on
    /// a path of the document.
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
    /// Returns the document with the options that [`ServeOpenApi::openapi`] sets. If the host
    /// serves several documents, returns the first one. If the host serves none, returns a document
    /// with the default options.
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

    /// Returns the document that is served at this path, in OpenAPI 3.1 or 3.2, or `None` if no
    /// document is served there.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    /// # use hyperpoint::prelude::*;
    /// use hyperpoint::openapi::{DescribeApplication, ServeOpenApi};
    /// # #[derive(Endpoint)]
    /// # struct Ping;
    /// # impl Endpoint for Ping {
    /// #     type Request = ();
    /// #     type Response = ();
    /// #     fn configure(config: &mut Config) {
    /// #         config.get("/ping");
    /// #         config.allow_anonymous();
    /// #     }
    /// #     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
    /// #         cx.send.no_content_async().await
    /// #     }
    /// # }
    ///
    /// # fn main() -> Result<(), hyperpoint::HostError> {
    /// let host = Host::new().openapi(|api| api.allow_anonymous()).openapi(|api| {
    ///     api.path("/partners.json");
    ///     api.path_3_2("/partners-3.2.json");
    ///     api.only(|operation| operation.has_tag("Partners"));
    ///     api.allow_anonymous();
    /// });
    /// let application = host.build()?;
    /// assert!(application.openapi_at("/partners.json").is_some());
    /// assert!(application.openapi_at("/others.json").is_none());
    /// # Ok(())
    /// # }
    /// ```
    fn openapi_at(&self, path: &str) -> Option<OpenApiDocument>;
}

/// The documents of a host, in the order in which they were added. Registered as a service, in
/// which the methods of [`DescribeApplication`] find the documents.
#[derive(Clone, Debug, Default)]
struct Documents(Vec<Arc<Described>>);

/// One document of a host.
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
        let [first, second, streams] = [(); 3].map(|()| Arc::new(ServedDocument::default()));
        let mut host = self;
        for (path, served) in [(&api.path, &first), (&api.path_3_2, &second)] {
            host = host.place(path, Arc::clone(served), api.settings.clone());
        }
        if let Some(path) = &api.page {
            host = host.place(path, Arc::clone(&streams), api.settings.clone());
        }
        let described = Arc::new(Described { api, document: OnceLock::new() });
        let mut documents =
            host.known_service::<Documents>().map(|all| (*all).clone()).unwrap_or_default();
        documents.0.push(Arc::clone(&described));
        host.service(Arc::new(documents)).with_contract(move |contract| {
            let (document, errors) = OpenApiDocument::new(contract, &described.api);
            first.set(document.to_string(), "application/json", None);
            second.set(document.text_3_2(), "application/json", None);
            streams.set(page(&described.api), "text/html; charset=utf-8", Some(POLICY));
            // The cell is empty, because a host is built only once.
            let _ = described.document.set(document);
            errors
        })
    }
}

impl DescribeApplication for Application {
    fn openapi(&self) -> OpenApiDocument {
        let documents = self.service::<Documents>();
        let first = documents.as_ref().and_then(|documents| documents.0.first()?.document.get());
        first
            .cloned()
            .unwrap_or_else(|| OpenApiDocument::new(&self.contract(), &OpenApi::default()).0)
    }

    fn openapi_at(&self, path: &str) -> Option<OpenApiDocument> {
        let documents = self.service::<Documents>()?;
        let has = |described: &&Arc<Described>| {
            [&described.api.path, &described.api.path_3_2].iter().any(|own| *own == path)
        };
        documents.0.iter().find(has)?.document.get().cloned()
    }
}
