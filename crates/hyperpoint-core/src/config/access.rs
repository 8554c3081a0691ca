//! Who may use an endpoint.

use http::Method;

use super::requirement::{Asked, Kind, Requirement};

/// Who may use an endpoint. Without a word in `configure`: any authenticated user.
///
/// A level (endpoint, group, host) that sets nothing of this leaves the decision to the level around
/// it. Of the others the nearest decides whether the endpoint is open, and every requirement closes.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub(super) is_anonymous: bool,
    /// Whether a user is asked for by a word of its own.
    pub(super) is_closed: bool,
    /// The methods that need no user; `None` if unset.
    pub(super) anonymous_verbs: Option<Vec<Method>>,
    pub(super) requirements: Vec<Requirement>,
    /// The names of the schemes that are asked; `None` if unset, which means all of them.
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

    /// Whether everybody is let in by this method.
    #[must_use]
    pub fn is_anonymous(&self, method: &Method) -> bool {
        self.is_anonymous || self.anonymous_verbs().contains(method)
    }

    /// What is asked of a user, all of it.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The schemes that are asked, by name; empty where all of the host are.
    #[must_use]
    pub fn schemes(&self) -> &[String] {
        self.schemes.as_deref().unwrap_or_default()
    }

    fn anonymous_verbs(&self) -> &[Method] {
        self.anonymous_verbs.as_deref().unwrap_or_default()
    }

    /// Whether this level asks for a user, or for more than that.
    fn closes(&self) -> bool {
        self.is_closed || !self.requirements.is_empty() || self.schemes.is_some()
    }

    /// The field of the query that may carry a token.
    #[must_use]
    pub fn query_token(&self) -> Option<&str> {
        self.query_token.as_deref()
    }

    /// Combines this access with that of the level around it. The nearest level that sets anything
    /// decides whether the endpoint is open; requirements add up; schemes and the field of the query
    /// are those of the nearest level that names them.
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

    /// What contradicts itself, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.is_anonymous && self.closes() {
            let asked = self.asked();
            mistakes
                .push(format!("allows anonymous users and asks for {asked}; keep one of the two"));
        }
        if self.is_anonymous && self.anonymous_verbs.is_some() {
            mistakes.push(
                "allows anonymous users altogether and by verbs; keep one of the two".to_owned(),
            );
        }
        let empty = self.requirements.iter().filter(|requirement| requirement.is_empty());
        mistakes.extend(
            empty.map(|asked| format!("asks for {} and names none; name one", asked.title())),
        );
        if self.schemes.as_ref().is_some_and(Vec::is_empty) {
            mistakes.push("asks for schemes and names none; name one".to_owned());
        }
        if self.anonymous_verbs.as_ref().is_some_and(Vec::is_empty) {
            mistakes.push(
                "allows anonymous users by verbs and names none; name one, or ask for a user by \
                 `authenticated()`"
                    .to_owned(),
            );
        }
        if self.query_token.as_deref() == Some("") {
            mistakes.push("`allow_query_token` needs the name of a field".to_owned());
        }
        mistakes
    }

    /// What contradicts itself on an endpoint of these methods, a sentence each.
    pub(super) fn mistakes_of_verbs(&self, methods: &[Method]) -> Vec<String> {
        let of_none = |method: &&Method| !methods.contains(method);
        let mut mistakes: Vec<_> = self
            .anonymous_verbs()
            .iter()
            .filter(of_none)
            .map(|method| {
                format!(
                    "allows anonymous users by {method}, for which it has no route; keep to its \
                     verbs"
                )
            })
            .collect();
        let is_open = methods.iter().all(|method| self.anonymous_verbs().contains(method));
        if is_open && !methods.is_empty() && !self.is_anonymous && self.closes() {
            let asked = self.asked();
            mistakes.push(format!(
                "allows anonymous users by each of its verbs and asks for {asked}; keep one of the two"
            ));
        }
        mistakes
    }

    /// What is asked for, for reports.
    fn asked(&self) -> String {
        let user = self.is_closed.then(|| "a user".to_owned());
        let schemes = self.schemes.as_ref().map(|_| "schemes".to_owned());
        let titles = self.requirements.iter().map(Requirement::title);
        user.into_iter().chain(titles).chain(schemes).collect::<Vec<_>>().join(", ")
    }
}
