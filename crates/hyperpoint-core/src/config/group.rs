//! Groups: configuration that several endpoints share.

use std::any::{TypeId, type_name};
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use super::settings::Settings;
use super::version::with_version;
use crate::route::RouteTemplate;

/// Configuration that several endpoints share: a route prefix and the settings of a
/// [`GroupConfig`]. An endpoint selects its group in `configure`, and a group may select a parent
/// group.
///
/// The order of items in the source does not matter. The order of calls in `configure` matters only
/// for methods whose documentation says so.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Config, Group, GroupConfig};
///
/// struct Admin;
///
/// impl Group for Admin {
///     fn configure(group: &mut GroupConfig) {
///         group.prefix("/admin");
///         group.roles(["admin"]);
///     }
/// }
///
/// let mut config = Config::default();
/// config.group::<Admin>();
/// config.get("/users");
/// let config = config.within(&GroupConfig::default());
/// assert_eq!(config.method_routes()[0].1, "/admin/users");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group",
    label = "not a group",
    note = "write `impl Group for {Self} {{ fn configure(group: &mut GroupConfig) {{ … }} }}`"
)]
pub trait Group: 'static {
    /// Configures the group.
    fn configure(group: &mut GroupConfig);
}

/// The configuration of a group, or the defaults of a host for all its endpoints. It also has the
/// methods of [`Settings`].
///
/// # Examples
///
/// ```
/// use hyperpoint::GroupConfig;
///
/// let mut group = GroupConfig::default();
/// group.prefix("/admin");
/// group.roles(["admin"]);
/// group.tags(["Administration"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct GroupConfig {
    settings: Settings,
    prefix: Option<(String, &'static Location<'static>)>,
    pub(super) parents: Vec<GroupRef>,
}

impl GroupConfig {
    /// Sets the prefix of the group's routes. The prefix may contain literals and parameters, like a
    /// route template. The route `/` becomes the prefix itself. An invalid prefix is a configuration
    /// error, and so is one that ends with a slash or contains `{*…}`. Default: unset.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Group, GroupConfig};
    ///
    /// struct OfTenant;
    ///
    /// impl Group for OfTenant {
    ///     fn configure(group: &mut GroupConfig) {
    ///         group.prefix("/tenants/{tenant}");
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn prefix(&mut self, prefix: &str) {
        self.prefix = Some((prefix.to_owned(), Location::caller()));
    }

    /// Sets the parent of the group. Default: none. These are configuration errors: a second,
    /// different parent, a group that contains itself, and a parent in the defaults of a host.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Group, GroupConfig};
    ///
    /// struct Api;
    /// struct Admin;
    ///
    /// impl Group for Api {
    ///     fn configure(group: &mut GroupConfig) {
    ///         group.prefix("/api");
    ///     }
    /// }
    ///
    /// impl Group for Admin {
    ///     fn configure(group: &mut GroupConfig) {
    ///         group.group::<Api>();
    ///         group.prefix("/admin"); // "/api/admin"
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn group<G: Group>(&mut self) {
        self.parents.push(GroupRef::of::<G>(Location::caller()));
    }

    /// Returns the prefix, or an empty string if the prefix is unset or invalid.
    pub(super) fn valid_prefix(&self) -> &str {
        match &self.prefix {
            Some((prefix, _)) if error_of_prefix(prefix).is_none() => prefix,
            _ => "",
        }
    }

    /// Returns the source location of the call of `prefix`, or `None` if there was no call.
    pub(super) fn place(&self) -> Option<&'static Location<'static>> {
        self.prefix.as_ref().map(|(_, place)| *place)
    }

    /// Returns the configuration errors of the group alone, one message each.
    pub(super) fn configuration_errors(&self) -> Vec<String> {
        let mut errors = self.settings.configuration_errors();
        errors.extend(self.prefix.iter().filter_map(|(prefix, _)| error_of_prefix(prefix)));
        errors.extend(error_of_several_groups(&self.parents));
        errors
    }

    /// Returns the configuration errors of these settings when they are the defaults of a host, one
    /// sentence each.
    #[must_use]
    pub fn config_errors_of_host(&self) -> Vec<String> {
        let mut errors = self.configuration_errors();
        if !self.parents.is_empty() {
            errors.push(
                "cannot be in a group, because they contain every group; remove `group::<…>()`"
                    .to_owned(),
            );
        }
        errors
    }
}

impl Deref for GroupConfig {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for GroupConfig {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

/// A reference to a group, with the source location of the reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupRef {
    pub(super) type_id: TypeId,
    pub(super) name: &'static str,
    pub(super) configure: fn(&mut GroupConfig),
    pub(super) named_at: &'static Location<'static>,
}

impl GroupRef {
    pub(super) fn of<G: Group>(named_at: &'static Location<'static>) -> Self {
        let (type_id, name) = (TypeId::of::<G>(), type_name::<G>());
        Self { type_id, name, configure: G::configure, named_at }
    }
}

/// Returns a configuration error if an endpoint or a group is in several different groups,
/// otherwise `None`.
pub(super) fn error_of_several_groups(groups: &[GroupRef]) -> Option<String> {
    let [first, others @ ..] = groups else {
        return None;
    };
    let other = others.iter().find(|other| other.type_id != first.type_id)?;
    let (one, other) = (first.name, other.name);
    Some(format!(
        "is in the groups `{one}` and `{other}`; keep one, and to nest the groups, call \
         `group::<…>()` in the inner group"
    ))
}

fn error_of_prefix(prefix: &str) -> Option<String> {
    if prefix.ends_with('/') {
        return Some(format!(
            "has the prefix `{prefix}`, which ends with a slash; remove the slash"
        ));
    }
    if prefix.contains("{*") {
        return Some(format!(
            "has the prefix `{prefix}`, whose `{{*…}}` matches the rest of every path; remove `{{*…}}`"
        ));
    }
    let invalid = RouteTemplate::parse(&with_version(prefix, None)).err()?;
    Some(format!("has an invalid prefix: {invalid}"))
}
