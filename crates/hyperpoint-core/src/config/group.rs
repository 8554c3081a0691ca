//! Groups: what several endpoints have in common.

use std::any::{TypeId, type_name};
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use super::settings::Settings;
use super::version::with_version;
use crate::route::RouteTemplate;

/// What several endpoints have in common: a prefix of their routes, and whatever else a
/// [`GroupConfig`] says. An endpoint names its group, and a group may name its parent.
///
/// The order does not matter, in `configure` or in the source.
///
/// # Example
///
/// ```
/// use hyperpoint_core::{Config, Group, GroupConfig};
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
    message = "`{Self}` is no group",
    label = "not a group",
    note = "write `impl Group for {Self} {{ fn configure(group: &mut GroupConfig) {{ … }} }}`"
)]
pub trait Group: 'static {
    /// Says what the endpoints of the group have in common.
    fn configure(group: &mut GroupConfig);
}

/// What a group, or a host of all its endpoints, says of them. It has the methods of [`Settings`].
#[derive(Clone, Debug, Default)]
pub struct GroupConfig {
    settings: Settings,
    prefix: Option<(String, &'static Location<'static>)>,
    pub(super) parents: Vec<GroupRef>,
}

impl GroupConfig {
    /// What stands before the route of each endpoint: literals and parameters, as in a route. Under
    /// a prefix the route `/` is the prefix itself.
    #[track_caller]
    pub fn prefix(&mut self, prefix: &str) {
        self.prefix = Some((prefix.to_owned(), Location::caller()));
    }

    /// The group that this group is in.
    #[track_caller]
    pub fn group<G: Group>(&mut self) {
        self.parents.push(GroupRef::of::<G>(Location::caller()));
    }

    /// The prefix; empty where there is none, or one that can't be.
    pub(super) fn sound_prefix(&self) -> &str {
        match &self.prefix {
            Some((prefix, _)) if mistake_of_prefix(prefix).is_none() => prefix,
            _ => "",
        }
    }

    /// Where the prefix was given.
    pub(super) fn place(&self) -> Option<&'static Location<'static>> {
        self.prefix.as_ref().map(|(_, place)| *place)
    }

    /// What is wrong with the group by itself, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.settings.mistakes();
        mistakes.extend(self.prefix.iter().filter_map(|(prefix, _)| mistake_of_prefix(prefix)));
        mistakes.extend(mistake_of_several(&self.parents));
        mistakes
    }

    /// What is wrong with the defaults of a host, a sentence each.
    #[must_use]
    pub fn mistakes_of_host(&self) -> Vec<String> {
        let mut mistakes = self.mistakes();
        if !self.parents.is_empty() {
            mistakes.push("are in a group; take that out: every group is within them".to_owned());
        }
        mistakes
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

/// A group that was named, and where.
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

/// The mistake of what names several groups as the one it is in.
pub(super) fn mistake_of_several(groups: &[GroupRef]) -> Option<String> {
    let [first, others @ ..] = groups else {
        return None;
    };
    let other = others.iter().find(|other| other.type_id != first.type_id)?;
    let (one, other) = (first.name, other.name);
    Some(format!("is in the groups `{one}` and `{other}`; name one, and let it name its parent"))
}

fn mistake_of_prefix(prefix: &str) -> Option<String> {
    if prefix.ends_with('/') {
        return Some(format!("has the prefix `{prefix}`; write it without the slash at its end"));
    }
    if prefix.contains("{*") {
        return Some(format!(
            "has the prefix `{prefix}`, whose `{{*…}}` leaves nothing for a route; take it out"
        ));
    }
    let invalid = RouteTemplate::parse(&with_version(prefix, None)).err()?;
    Some(format!("has a prefix that can't be before a route: {invalid}"))
}
