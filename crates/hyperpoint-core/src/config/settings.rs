//! Settings that endpoints, groups and hosts share.

use hyperpoint_sse::stream::StreamKind;

use super::access::Access;
use super::allowed_names::AllowedNames;
use super::cors::Cors;
use super::deprecation::Deprecation;
use super::layer::{AnyLayer, EndpointLayer};
use super::limits::{RateLimit, StreamLimit};
use super::values::Values;
use super::version::Version;
use crate::problem::ErrorFormat;
use crate::processor::{PostProcessor, PreProcessor, ProcessorRef};
use crate::services::FromServices;

/// The settings that endpoints, groups and hosts share: [`Config`](super::Config) and
/// [`GroupConfig`](super::GroupConfig) have each of these methods.
///
/// If several levels (the endpoint, its group, the parents of the group, the host) set a value, the
/// value of the innermost level applies. Tags, processors, layers, requirements and limits of all
/// levels are combined.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Config, GroupConfig, Settings};
///
/// /// Settings for endpoints and groups alike.
/// fn internal(settings: &mut Settings) {
///     settings.roles(["staff"]);
///     settings.tags(["Internal"]);
/// }
///
/// internal(&mut Config::default());
/// internal(&mut GroupConfig::default());
/// ```
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
    pub(super) error_format: ErrorFormat,
    pub(super) allowed_names: AllowedNames,
    pub(super) stream_kind: Option<StreamKind>,
    values: Values,
}

impl Settings {
    /// Sets the cross-origin rules (CORS), which replace the rules of the group and the host. A
    /// further call changes the rules of the previous call.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.cors(|cors| cors.allow_origins(["https://app.example"]).allow_credentials());
    /// ```
    pub fn cors(&mut self, rules: impl FnOnce(Cors) -> Cors) {
        self.cors = Some(rules(self.cors.take().unwrap_or_default()));
    }

    /// Sets the maximum size of a request body, in bytes. A request with a larger body gets a 413.
    /// Default: the limit of the group or of the host's defaults, otherwise
    /// `ServerOptions::body_limit_bytes` (1 MiB by default).
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.put("/avatars/{user}");
    /// config.body_limit_bytes(5 * 1024 * 1024);
    /// ```
    pub fn body_limit_bytes(&mut self, limit: usize) {
        self.body_limit_bytes = Some(limit);
    }

    /// Adds tags, which group endpoints in generated documents, to the tags of the group and the
    /// host.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.tags(["Orders", "Public"]);
    /// ```
    pub fn tags<'t>(&mut self, tags: impl IntoIterator<Item = &'t str>) {
        self.tags.extend(tags.into_iter().map(str::to_owned));
    }

    /// Sets the version, which becomes part of the path: the route `/users` of version 2 is
    /// `/v2/users`. Version 0 is a configuration error, and so is a second call. Default: the
    /// version of the group or the host, otherwise unversioned.
    ///
    /// The version follows the host's prefix, unless a segment of the path contains the placeholder
    /// `{}`, as in the route `/users/v{}` or the prefix `/api/v{}`. Each version is a separate
    /// endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Config;
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

    /// Removes the version that the group or the host sets. Segments with the version placeholder
    /// are omitted from the path.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/health");
    /// config.unversioned();
    /// ```
    pub fn unversioned(&mut self) {
        self.version.clear();
    }

    /// Adds a pre-processor, which runs before the handler.
    ///
    /// Pre-processors of the host run first and pre-processors of the endpoint last; within one
    /// level, they run in the order of the calls. A pre-processor that several levels add runs
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use hyperpoint::{Config, FromServices, PreCx, PreProcessor, Problem, Sent, async_trait};
    ///
    /// # struct Tenants;
    /// #[derive(FromServices)]
    /// struct LoadTenant {
    ///     tenants: Arc<Tenants>,
    /// }
    ///
    /// #[async_trait]
    /// impl PreProcessor for LoadTenant {
    ///     async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>, Problem> {
    ///         # let _ = (&self.tenants, &cx);
    ///         Ok(None)
    ///     }
    /// }
    ///
    /// fn configure(config: &mut Config) {
    ///     config.get("/orders");
    ///     config.before::<LoadTenant>();
    /// }
    /// # configure(&mut Config::default());
    /// ```
    pub fn before<P: PreProcessor + FromServices>(&mut self) {
        self.pre.push(ProcessorRef::pre::<P>());
    }

    /// Adds a post-processor, which runs after the handler.
    ///
    /// Post-processors of the endpoint run first and post-processors of the host last; within one
    /// level, they run in the order of the calls. A post-processor that several levels add runs
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Config, FromServices, PostCx, PostProcessor, Result, async_trait};
    ///
    /// #[derive(FromServices)]
    /// struct LogStatus;
    ///
    /// #[async_trait]
    /// impl PostProcessor for LogStatus {
    ///     async fn after(&self, cx: PostCx<'_>) -> Result<()> {
    ///         println!("{}: {:?}", cx.request.uri.path(), cx.outcome.status);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// fn configure(config: &mut Config) {
    ///     config.get("/orders");
    ///     config.after::<LogStatus>();
    /// }
    /// # configure(&mut Config::default());
    /// ```
    pub fn after<P: PostProcessor + FromServices>(&mut self) {
        self.post.push(ProcessorRef::post::<P>());
    }

    /// Wraps the endpoint in a tower layer.
    ///
    /// The layer runs after routing: changing the path does not route the request again. The layer
    /// also receives the endpoint's error responses. Layers of the host are outermost and layers of
    /// the endpoint innermost; within one level, the last layer is outermost.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::{HeaderValue, Response};
    /// use hyperpoint::{Body, Config};
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

    /// Stores a value for another crate, which adds its own configuration methods with an extension
    /// trait. Replaces a value of the same type at the same level.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Config, Settings};
    ///
    /// struct Owner(&'static str);
    ///
    /// trait Owned {
    ///     fn owner(&mut self, team: &'static str);
    /// }
    ///
    /// impl Owned for Settings {
    ///     fn owner(&mut self, team: &'static str) {
    ///         self.with(Owner(team));
    ///     }
    /// }
    ///
    /// let mut config = Config::default();
    /// config.get("/orders");
    /// config.owner("shop");
    /// assert!(config.values::<Owner>().next().is_some_and(|owner| owner.0 == "shop"));
    /// ```
    pub fn with<T: Send + Sync + 'static>(&mut self, value: T) {
        self.values.set(value);
    }

    /// Returns the values of this type that [`with`](Self::with) stored, at most one per level:
    /// first of the endpoint, then of its groups from the innermost to the outermost, then of the
    /// host.
    pub fn values<T: Send + Sync + 'static>(&self) -> impl Iterator<Item = &T> {
        self.values_by_level().flatten()
    }

    /// Returns the value of this type at each level, or `None` for a level without one: first the
    /// endpoint, then its groups from the innermost to the outermost, then the host.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Config, GroupConfig};
    ///
    /// struct Owner(&'static str);
    ///
    /// let mut host = GroupConfig::default();
    /// host.with(Owner("shop"));
    /// let config = Config::default().within(&host);
    /// let owners: Vec<_> = config.values_by_level::<Owner>().map(|owner| owner.map(|of| of.0)).collect();
    /// assert_eq!(owners, [None, Some("shop")]);
    /// ```
    pub fn values_by_level<T: Send + Sync + 'static>(&self) -> impl Iterator<Item = Option<&T>> {
        self.values.by_level()
    }

    /// Returns the layers, the innermost first.
    #[must_use]
    pub fn layers(&self) -> &[AnyLayer] {
        &self.layers
    }

    /// Returns the pre-processors, in the order in which they run.
    #[must_use]
    pub fn pre_processors(&self) -> &[ProcessorRef<dyn PreProcessor>] {
        &self.pre
    }

    /// Returns the post-processors, in the order in which they run.
    #[must_use]
    pub fn post_processors(&self) -> &[ProcessorRef<dyn PostProcessor>] {
        &self.post
    }

    /// Returns the access rules.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Returns the cross-origin rules, or `None` if neither the endpoint, nor its groups, nor the
    /// defaults of the host set them; the rules of `Host::cors` then apply.
    #[must_use]
    pub fn cors_rules(&self) -> Option<&Cors> {
        self.cors.as_ref()
    }

    /// Returns the maximum size of a request body in bytes, or `None` if neither the endpoint, nor
    /// its groups, nor the defaults of the host set it; `ServerOptions::body_limit_bytes` then
    /// applies.
    #[must_use]
    pub fn body_limit(&self) -> Option<usize> {
        self.body_limit_bytes
    }

    /// Returns the version, or `None` if the endpoint is unversioned.
    #[must_use]
    pub fn version_number(&self) -> Option<u32> {
        self.version.number()
    }

    /// Returns the tags of all levels, the outermost level first.
    pub(super) fn tag_list(&self) -> &[String] {
        &self.tags
    }

    /// Combines these settings with the settings of the next outer level. These settings take
    /// precedence.
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
            error_format: self.error_format.or(&outer.error_format),
            allowed_names: self.allowed_names.within(&outer.allowed_names),
            stream_kind: self.stream_kind.or(outer.stream_kind),
            values: self.values.within(&outer.values),
        }
    }

    /// Returns the configuration errors, one message each.
    pub(super) fn configuration_errors(&self) -> Vec<String> {
        let mut errors = self.access.configuration_errors();
        errors.extend(self.version.configuration_errors());
        errors.extend(self.configuration_errors_of_limits());
        errors.extend(self.cors.iter().flat_map(Cors::config_errors));
        errors.extend(self.allowed_names.config_errors());
        errors
    }
}

/// Concatenates two lists of processors, and keeps only the first occurrence of each processor.
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
