//! What endpoints, groups and hosts can say alike.

use super::access::Access;
use super::cors::Cors;
use super::deprecation::Deprecation;
use super::layer::{AnyLayer, EndpointLayer};
use super::limits::{RateLimit, StreamLimit};
use super::version::Version;
use crate::processor::{PostProcessor, PreProcessor, ProcessorRef};
use crate::services::FromServices;

/// What endpoints, groups and hosts say alike: a [`Config`](super::Config) and a
/// [`GroupConfig`](super::GroupConfig) have each of these methods.
///
/// The nearest word counts: an endpoint's own before that of its group, the group's before that of
/// its parent, and the host's last. Lists add up.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) access: Access,
    pub(super) version: Version,
    cors: Option<Cors>,
    body_limit_bytes: Option<usize>,
    tags: Vec<String>,
    pre: Vec<ProcessorRef<dyn PreProcessor>>,
    post: Vec<ProcessorRef<dyn PostProcessor>>,
    layers: Vec<AnyLayer>,
    pub(super) rate_limits: Vec<RateLimit>,
    pub(super) stream_limits: Vec<StreamLimit>,
    pub(super) lifts_limits: bool,
    pub(super) deprecation: Option<Deprecation>,
}

impl Settings {
    /// Sets the cross-origin rules, in place of those of the group and the host.
    pub fn cors(&mut self, rules: impl FnOnce(Cors) -> Cors) {
        self.cors = Some(rules(self.cors.take().unwrap_or_default()));
    }

    /// The largest request body that is read, in bytes. Default: the host's, 1 MiB.
    pub fn body_limit_bytes(&mut self, limit: usize) {
        self.body_limit_bytes = Some(limit);
    }

    /// Words to group endpoints by in documents. They add to those of the group and the host.
    pub fn tags<'t>(&mut self, tags: impl IntoIterator<Item = &'t str>) {
        self.tags.extend(tags.into_iter().map(str::to_owned));
    }

    /// Puts the version in the path: `/users` of version 2 is `/v2/users`.
    ///
    /// It stands behind the host's prefix, unless a segment says where: `{}` in a text, as in
    /// `/users/v{}` or in a prefix `/api/v{}`. Each version is an endpoint of its own.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_core::Config;
    ///
    /// let mut config = Config::default();
    /// config.get("/users/v{}");
    /// config.version(2);
    /// let config = config.within(&Default::default());
    /// assert_eq!(config.method_routes()[0].1, "/users/v2");
    /// ```
    pub fn version(&mut self, number: u32) {
        self.version.set(number);
    }

    /// Has no version, whatever the group or the host says. A segment for one is left out.
    pub fn unversioned(&mut self) {
        self.version.clear();
    }

    /// Runs a pre-processor before the handler. Those of the host run first, those of the endpoint
    /// last; within one level they run in the order in which they are named. One that several
    /// levels name runs once.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use hyperpoint_core::{Config, PreCx, PreProcessor, Problem, Sent, async_trait};
    /// # use hyperpoint_core::services::{Declared, FromServices, Resolver};
    /// # struct Tenants;
    ///
    /// # /*
    /// #[derive(FromServices)]
    /// # */
    /// struct KnowTenant {
    ///     tenants: Arc<Tenants>,
    /// }
    /// # impl FromServices for KnowTenant {
    /// #     const DECLARED: Declared = Declared { file: file!(), line: line!() };
    /// #     fn from_services(resolver: &mut Resolver<'_>) -> Option<Self> {
    /// #         Some(Self { tenants: resolver.field("tenants")? })
    /// #     }
    /// # }
    ///
    /// #[async_trait]
    /// impl PreProcessor for KnowTenant {
    ///     async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>, Problem> {
    ///         # let _ = (&self.tenants, &cx);
    ///         Ok(None)
    ///     }
    /// }
    ///
    /// fn configure(config: &mut Config) {
    ///     config.get("/orders");
    ///     config.before::<KnowTenant>();
    /// }
    /// # configure(&mut Config::default());
    /// ```
    pub fn before<P: PreProcessor + FromServices>(&mut self) {
        self.pre.push(ProcessorRef::pre::<P>());
    }

    /// Runs a post-processor after the handler. Those of the endpoint run first, those of the host
    /// last; within one level they run in the order in which they are named. One that several
    /// levels name runs once.
    pub fn after<P: PostProcessor + FromServices>(&mut self) {
        self.post.push(ProcessorRef::post::<P>());
    }

    /// Puts a layer around the endpoint, behind its route: it sees what the endpoint refuses, and a
    /// path that it changes is not routed again. Layers of the host are outermost, those of the
    /// endpoint innermost; within one level the last is outermost.
    ///
    /// # Example
    ///
    /// ```
    /// use http::{HeaderValue, Response};
    /// use hyperpoint_core::{Body, Config};
    /// use tower::util::MapResponseLayer;
    ///
    /// fn configure(config: &mut Config) {
    ///     config.get("/report");
    ///     config.layer(MapResponseLayer::new(|mut response: Response<Body>| {
    ///         response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
    ///         response
    ///     }));
    /// }
    /// # configure(&mut Config::default());
    /// ```
    pub fn layer<B>(&mut self, layer: impl EndpointLayer<B>) {
        self.layers.push(AnyLayer::new(layer));
    }

    /// The layers, the innermost first.
    #[must_use]
    pub fn layers(&self) -> &[AnyLayer] {
        &self.layers
    }

    /// The pre-processors, in the order in which they run.
    #[must_use]
    pub fn pre_processors(&self) -> &[ProcessorRef<dyn PreProcessor>] {
        &self.pre
    }

    /// The post-processors, in the order in which they run.
    #[must_use]
    pub fn post_processors(&self) -> &[ProcessorRef<dyn PostProcessor>] {
        &self.post
    }

    /// Who may use the endpoint.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The cross-origin rules; none where those of the host hold.
    #[must_use]
    pub fn cors_rules(&self) -> Option<&Cors> {
        self.cors.as_ref()
    }

    /// The body limit, in bytes; none where that of the host's options holds.
    #[must_use]
    pub fn body_limit(&self) -> Option<usize> {
        self.body_limit_bytes
    }

    /// The version in the path.
    #[must_use]
    pub fn version_number(&self) -> Option<u32> {
        self.version.number()
    }

    /// The words to group by.
    pub(super) fn tag_list(&self) -> &[String] {
        &self.tags
    }

    /// These settings, with what they leave open as the outer ones have it.
    pub(super) fn within(self, outer: &Self) -> Self {
        let is_bound = !self.lifts_limits;
        let rates = if is_bound { outer.rate_limits.clone() } else { Vec::new() };
        let streams = if is_bound { outer.stream_limits.clone() } else { Vec::new() };
        Self {
            access: self.access.within(&outer.access),
            version: self.version.within(&outer.version),
            cors: self.cors.or_else(|| outer.cors.clone()),
            body_limit_bytes: self.body_limit_bytes.or(outer.body_limit_bytes),
            tags: [outer.tags.clone(), self.tags].concat(),
            pre: each_once(&outer.pre, &self.pre),
            post: each_once(&self.post, &outer.post),
            layers: [self.layers, outer.layers.clone()].concat(),
            rate_limits: [rates, self.rate_limits].concat(),
            stream_limits: [streams, self.stream_limits].concat(),
            lifts_limits: self.lifts_limits || outer.lifts_limits,
            deprecation: self.deprecation.or_else(|| outer.deprecation.clone()),
        }
    }

    /// What contradicts itself, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.access.mistakes();
        mistakes.extend(self.version.mistakes());
        mistakes.extend(self.mistakes_of_limits());
        mistakes.extend(self.cors.iter().flat_map(Cors::mistakes));
        mistakes
    }
}

/// The processors of both, each once, where it comes first.
fn each_once<P: ?Sized>(
    first: &[ProcessorRef<P>],
    then: &[ProcessorRef<P>],
) -> Vec<ProcessorRef<P>> {
    let mut all: Vec<ProcessorRef<P>> = Vec::new();
    for processor in first.iter().chain(then) {
        if !all.iter().any(|known| known.type_id == processor.type_id) {
            all.push(*processor);
        }
    }
    all
}
