//! Who may use an endpoint, as its configuration and the schemes of the host have it.

use std::collections::HashSet;
use std::sync::Arc;

use http::Method;
use hyperpoint_core::config::{Access, Requirement};
use hyperpoint_core::identity::Revocation;
use hyperpoint_core::{AuthenticationScheme, Config};

use crate::limits::FailedAuthentications;

/// The schemes that tell who sends a request, in the order in which they are asked.
pub(crate) type Schemes = Arc<[Arc<dyn AuthenticationScheme>]>;

/// Who may use an endpoint by one method.
pub(crate) struct Admission {
    /// The schemes that are asked here.
    pub(crate) schemes: Schemes,
    /// Whether everybody is let in.
    pub(crate) is_open: bool,
    /// What is asked of a user, all of it.
    pub(crate) requirements: Vec<Requirement>,
    /// The field of the query that may carry a token.
    pub(crate) query_token: Option<String>,
    /// The host's limit on failed authentication, unless it is off.
    pub(crate) failed_authentications: Option<Arc<FailedAuthentications>>,
    /// Asks whether identities still hold.
    pub(crate) revocation: Arc<Revocation>,
}

impl Admission {
    pub(super) fn new(
        access: &Access,
        method: &Method,
        schemes: &Schemes,
        failed_authentications: Option<Arc<FailedAuthentications>>,
        revocation: &Arc<Revocation>,
    ) -> Self {
        Self {
            schemes: asked(access, schemes),
            is_open: access.is_anonymous(method),
            requirements: access.requirements().to_vec(),
            query_token: access.query_token().map(str::to_owned),
            failed_authentications,
            revocation: Arc::clone(revocation),
        }
    }
}

/// The schemes that an endpoint asks, in the order of the host.
fn asked(access: &Access, schemes: &Schemes) -> Schemes {
    if access.schemes().is_empty() {
        return Arc::clone(schemes);
    }
    let is_named = |scheme: &&Arc<dyn AuthenticationScheme>| {
        access.schemes().iter().any(|name| name == scheme.name())
    };
    schemes.iter().filter(is_named).cloned().collect()
}

/// What an endpoint asks for that the host does not have.
pub(super) fn mistakes_of_endpoint(config: &Config, schemes: &Schemes) -> Vec<String> {
    let access = config.access();
    let unknown =
        access.schemes().iter().filter(|name| !names(schemes).any(|known| known == *name));
    let known = names(schemes).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    let mut mistakes: Vec<_> = unknown
        .map(|name| format!("asks for the scheme `{name}`; those of the host are: {known}"))
        .collect();
    let mut methods = config.method_routes().into_iter().map(|(method, _)| method).peekable();
    let is_open = match methods.peek() {
        Some(_) => methods.all(|method| access.is_anonymous(&method)),
        None => access.is_anonymous(&Method::GET),
    };
    if !is_open && schemes.is_empty() {
        mistakes.push(
            "needs an authenticated user, and no scheme is registered: add \
             `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint"
                .to_owned(),
        );
    }
    if access.query_token().is_some() && asked(access, schemes).is_empty() {
        mistakes.push(
            "allows a token in the query, and no scheme is there to read it; take it out"
                .to_owned(),
        );
    }
    mistakes
}

/// What is wrong with the schemes themselves.
pub(super) fn mistakes_of_host(schemes: &Schemes) -> Vec<String> {
    let of_scheme = |scheme: &Arc<dyn AuthenticationScheme>| {
        let tell = |text| format!("the scheme `{}`: {text}", scheme.name());
        scheme.mistakes().into_iter().map(tell).collect::<Vec<_>>()
    };
    let mut known = HashSet::new();
    let doubles = names(schemes).filter(|name| !known.insert(*name));
    let doubles = doubles
        .map(|name| format!("two schemes are named `{name}`; give one of them another name"));
    schemes.iter().flat_map(of_scheme).chain(doubles).collect()
}

fn names(schemes: &Schemes) -> impl Iterator<Item = &str> {
    schemes.iter().map(|scheme| scheme.name())
}
