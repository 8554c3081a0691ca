//! The access rules of an endpoint.

use http::Method;

use super::requirement::{Asked, Kind, Requirement};

/// The access rules of an endpoint, a group or a host. Default: any authenticated user.
///
/// A level (endpoint, group, host) without access rules inherits the rules of the next outer level.
/// The innermost level with access rules decides whether anonymous users are admitted, to all
/// methods or to individual methods. If it admits them to all methods, the requirements of the
/// levels outside it do not apply; otherwise, the requirements of all levels apply to the methods
/// that do not admit anonymous users.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub(super) is_anonymous: bool,
    /// Whether `authenticated()` was called.
    pub(super) is_closed: bool,
    /// The methods that admit anonymous users, or `None` if unset.
    pub(super) anonymous_verbs: Option<Vec<Method>>,
    pub(super) requirements: Vec<Requirement>,
    /// The names of the accepted authentication schemes, or `None` if all schemes of the host are
    /// accepted.
    pub(super) schemes: Option<Vec<String>>,
    pub(super) query_token: Option<String>,
}

impl Access {
    pub(super) fn any<'v>(&mut self, kind: Kind, values: impl IntoIterator<Item = &'v str>) {
        let asked = self.requirements.iter_mut().find_map(|requirement| match &mut requirement.0 {
            Asked::Any(known, values) if *known == kind => Some(values),
            _ => None,
        });
        let more = values.into_iter().map(str::to_owned);
        match asked {
            Some(values) => values.extend(more),
            None => self.requirements.push(Requirement(Asked::Any(kind, more.collect()))),
        }
    }

    pub(super) fn all<'v>(&mut self, kind: Kind, values: impl IntoIterator<Item = &'v str>) {
        let values = values.into_iter().map(str::to_owned).collect();
        self.requirements.push(Requirement(Asked::All(kind, values)));
    }

    /// Returns whether anonymous users are admitted to this method. For the HEAD route that a GET
    /// route adds, pass GET.
    #[must_use]
    pub fn is_anonymous(&self, method: &Method) -> bool {
        self.is_anonymous || self.anonymous_verbs().contains(method)
    }

    /// Returns the requirements, all of which a user must meet on the methods that do not admit
    /// anonymous users.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Returns the names of the accepted authentication schemes, or an empty slice if all schemes
    /// of the host are accepted.
    #[must_use]
    pub fn schemes(&self) -> &[String] {
        self.schemes.as_deref().unwrap_or_default()
    }

    fn anonymous_verbs(&self) -> &[Method] {
        self.anonymous_verbs.as_deref().unwrap_or_default()
    }

    /// Returns whether this level has a rule that decides which users are admitted.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_anonymous || self.opens_single_methods() || self.closes()
    }

    /// Returns whether this level admits anonymous users to individual methods.
    #[must_use]
    pub fn opens_single_methods(&self) -> bool {
        self.anonymous_verbs.is_some()
    }

    /// Returns whether this level requires an authenticated user.
    fn closes(&self) -> bool {
        self.is_closed || !self.requirements.is_empty() || self.schemes.is_some()
    }

    /// Returns the name of the query parameter that may contain a token, or `None` if no parameter
    /// is allowed.
    #[must_use]
    pub fn query_token(&self) -> Option<&str> {
        self.query_token.as_deref()
    }

    /// Combines these rules with the rules of the next outer level.
    ///
    /// The innermost level with an access rule decides whether anonymous users are admitted. The
    /// requirements of both levels apply, unless the inner level admits all users. Schemes and the
    /// query parameter are inherited if the inner level does not set them.
    pub(super) fn within(self, outer: &Self) -> Self {
        let opens = self.is_anonymous || self.anonymous_verbs.is_some();
        let nearest = if opens || self.closes() { &self } else { outer };
        let requirements = match self.is_anonymous {
            true => self.requirements.clone(),
            false => [outer.requirements.clone(), self.requirements.clone()].concat(),
        };
        Self {
            is_anonymous: nearest.is_anonymous,
            is_closed: nearest.is_closed,
            anonymous_verbs: nearest.anonymous_verbs.clone(),
            requirements,
            schemes: self.schemes.or_else(|| outer.schemes.clone()),
            query_token: self.query_token.or_else(|| outer.query_token.clone()),
        }
    }

    /// Returns the configuration errors, one message each.
    pub(super) fn configuration_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        if self.is_anonymous && self.closes() {
            let asked = self.asked();
            errors.push(format!(
                "allows anonymous users, but also requires {asked}; remove one of the two"
            ));
        }
        if self.is_anonymous && self.anonymous_verbs.is_some() {
            errors.push(
                "calls both `allow_anonymous` and `allow_anonymous_verbs`; remove one of them"
                    .to_owned(),
            );
        }
        let empty = self.requirements.iter().filter(|requirement| requirement.is_empty());
        errors.extend(empty.map(|asked| {
            format!("requires {}, but the list of values is empty; add a value", asked.title())
        }));
        if self.schemes.as_ref().is_some_and(Vec::is_empty) {
            errors.push("the list of authentication schemes is empty; add a scheme".to_owned());
        }
        if self.anonymous_verbs.as_ref().is_some_and(Vec::is_empty) {
            errors.push(
                "the list of `allow_anonymous_verbs` is empty; add a verb, or require a user with \
                 `authenticated()`"
                    .to_owned(),
            );
        }
        if self.query_token.as_deref() == Some("") {
            errors.push(
                "the name of `allow_query_token` is empty; write the name of a query parameter, such \
                 as `access_token`"
                    .to_owned(),
            );
        }
        errors
    }

    /// Returns the configuration errors that depend on the methods of the endpoint, one sentence
    /// each.
    pub(super) fn configuration_errors_of_verbs(&self, methods: &[Method]) -> Vec<String> {
        let is_unrouted = |method: &&Method| !methods.contains(method);
        let mut errors: Vec<_> = self
            .anonymous_verbs()
            .iter()
            .filter(is_unrouted)
            .map(|method| {
                format!(
                    "allows anonymous users for {method}, but has no route with this verb; list only \
                     the verbs of the routes"
                )
            })
            .collect();
        let is_open = methods.iter().all(|method| self.anonymous_verbs().contains(method));
        if is_open && !methods.is_empty() && !self.is_anonymous && self.closes() {
            let asked = self.asked();
            errors.push(format!(
                "allows anonymous users for every verb, but also requires {asked}; remove one of the \
                 two"
            ));
        }
        errors
    }

    /// Returns a description of the rules for error messages, such as `authentication, roles`.
    fn asked(&self) -> String {
        let user = self.is_closed.then(|| "authentication".to_owned());
        let schemes = self.schemes.as_ref().map(|_| "authentication schemes".to_owned());
        let titles = self.requirements.iter().map(Requirement::title);
        user.into_iter().chain(titles).chain(schemes).collect::<Vec<_>>().join(", ")
    }
}
