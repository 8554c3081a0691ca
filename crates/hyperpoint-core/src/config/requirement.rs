//! Requirements that a user must meet.

use std::fmt;
use std::sync::Arc;

use http::request;

use crate::identity::Identity;

/// A predicate on the identity and the request head.
pub(super) type Policy = Arc<dyn Fn(&Identity, &request::Parts) -> bool + Send + Sync>;

/// A requirement that a user must meet. If an endpoint has several requirements, the user must meet
/// all of them. Methods that admit anonymous users have no requirements.
#[derive(Clone, Debug)]
pub struct Requirement(pub(super) Asked);

#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// The user must have at least one of these values.
    Any(Kind, Vec<String>),
    /// The user must have all of these values.
    All(Kind, Vec<String>),
    Policy(String, PolicyFn),
}

/// The kind of the required values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Role,
    Permission,
    Scope,
    /// The names of claims, which may have any value.
    ClaimName,
    /// Values of the claim with this name.
    Claim(String),
}

#[derive(Clone)]
pub(super) struct PolicyFn(pub(super) Policy);

impl fmt::Debug for PolicyFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")
    }
}

impl Requirement {
    /// Returns whether the user meets the requirement.
    #[must_use]
    pub fn is_met(&self, identity: &Identity, request: &request::Parts) -> bool {
        match &self.0 {
            Asked::Any(kind, values) => values.iter().any(|value| kind.is_held(identity, value)),
            Asked::All(kind, values) => values.iter().all(|value| kind.is_held(identity, value)),
            Asked::Policy(_, PolicyFn(policy)) => policy(identity, request),
        }
    }

    /// Returns the `detail` of the 403 for a user who does not meet the requirement. It contains
    /// none of the required values, because the access rules are not public.
    #[must_use]
    pub fn refusal(&self) -> &'static str {
        match &self.0 {
            Asked::Any(kind, _) => match kind {
                Kind::Role => "you do not have a required role",
                Kind::Permission => "you do not have a required permission",
                Kind::Scope => "no required scope was granted",
                Kind::ClaimName | Kind::Claim(_) => "you do not have a required claim",
            },
            Asked::All(kind, _) => match kind {
                Kind::Role => "you do not have all required roles",
                Kind::Permission => "you do not have all required permissions",
                Kind::Scope => "not all required scopes were granted",
                Kind::ClaimName | Kind::Claim(_) => "you do not have all required claims",
            },
            Asked::Policy(..) => "you do not meet the access policy",
        }
    }

    /// Returns the required scopes, or an empty slice for a requirement of another kind.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        match &self.0 {
            Asked::Any(Kind::Scope, values) | Asked::All(Kind::Scope, values) => values,
            _ => &[],
        }
    }

    /// Returns a description without the required values, such as `roles` or
    /// ``the policy `name` ``.
    pub(super) fn title(&self) -> String {
        match &self.0 {
            Asked::Any(kind, _) | Asked::All(kind, _) => kind.title(),
            Asked::Policy(name, _) => format!("the policy `{name}`"),
        }
    }

    /// Returns whether the list of values is empty: no user meets "any of" such a list,
    /// and every user meets "all of" it.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.0, Asked::Any(_, values) | Asked::All(_, values) if values.is_empty())
    }
}

/// Formats the requirement for the route listing and for generated documents: `roles a or b`, `all
/// of scopes a, b`, or ``the policy `name` ``.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.title();
        match &self.0 {
            Asked::Any(_, values) => write!(f, "{title} {}", values.join(" or ")),
            Asked::All(_, values) => write!(f, "all of {title} {}", values.join(", ")),
            Asked::Policy(..) => f.write_str(&title),
        }
    }
}

impl Kind {
    fn is_held(&self, identity: &Identity, value: &str) -> bool {
        match self {
            Self::Role => identity.has_role(value),
            Self::Permission => identity.has_permission(value),
            Self::Scope => identity.has_scope(value),
            Self::ClaimName => identity.claim(value).is_some(),
            Self::Claim(name) => identity.has_claim(name, value),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Role => "roles".to_owned(),
            Self::Permission => "permissions".to_owned(),
            Self::Scope => "scopes".to_owned(),
            Self::ClaimName => "claims".to_owned(),
            Self::Claim(name) => format!("the claim `{name}`"),
        }
    }
}
