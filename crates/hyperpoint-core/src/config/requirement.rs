//! One thing that is asked of a user.

use std::fmt;
use std::sync::Arc;

use http::request;

use crate::identity::Identity;

/// A question to the user and the head of the request.
pub(super) type Policy = Arc<dyn Fn(&Identity, &request::Parts) -> bool + Send + Sync>;

/// One thing that is asked of a user. All requirements of an endpoint are needed.
#[derive(Clone, Debug)]
pub struct Requirement(pub(super) Asked);

#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// One of these values.
    Any(Kind, Vec<String>),
    /// Each of these values.
    All(Kind, Vec<String>),
    Policy(String, PolicyFn),
}

/// What the values of a requirement are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Role,
    Permission,
    Scope,
    /// Names of claims, whatever their values.
    ClaimName,
    /// Values of the claim of this name.
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
    /// Whether the user of this request has what is asked.
    #[must_use]
    pub fn is_met(&self, identity: &Identity, request: &request::Parts) -> bool {
        match &self.0 {
            Asked::Any(kind, values) => values.iter().any(|value| kind.is_held(identity, value)),
            Asked::All(kind, values) => values.iter().all(|value| kind.is_held(identity, value)),
            Asked::Policy(_, PolicyFn(policy)) => policy(identity, request),
        }
    }

    /// What a user without it is told. Names no value: who is let in is not everybody's business.
    #[must_use]
    pub fn refusal(&self) -> &'static str {
        match &self.0 {
            Asked::Any(kind, _) => match kind {
                Kind::Role => "none of your roles is let in here",
                Kind::Permission => "none of your permissions is let in here",
                Kind::Scope => "none of the scopes that let you in was given",
                Kind::ClaimName | Kind::Claim(_) => "none of your claims is let in here",
            },
            Asked::All(kind, _) => match kind {
                Kind::Role => "a role is missing",
                Kind::Permission => "a permission is missing",
                Kind::Scope => "a scope was not given",
                Kind::ClaimName | Kind::Claim(_) => "a claim is missing",
            },
            Asked::Policy(..) => "you are not let in here",
        }
    }

    /// The scopes that are asked for; empty where something else is.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        match &self.0 {
            Asked::Any(Kind::Scope, values) | Asked::All(Kind::Scope, values) => values,
            _ => &[],
        }
    }

    /// What is asked, for reports.
    pub(super) fn title(&self) -> String {
        match &self.0 {
            Asked::Any(kind, _) | Asked::All(kind, _) => kind.title(),
            Asked::Policy(name, _) => format!("the policy `{name}`"),
        }
    }

    /// Whether it asks for one value of none, which nobody could have, or for all of none, which
    /// everybody has.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.0, Asked::Any(_, values) | Asked::All(_, values) if values.is_empty())
    }
}

/// As a list of routes tells it: `roles a or b`, `all of scopes a, b`, or the policy's name.
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
