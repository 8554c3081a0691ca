//! Who may use an endpoint.

use http::Method;

use super::requirement::{Asked, Kind, Requirement};

/// Who may use an endpoint. Without a word in `configure`: any authenticated user.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub(super) is_anonymous: bool,
    /// Whether a user is asked for by a word of its own.
    pub(super) is_closed: bool,
    pub(super) anonymous_verbs: Vec<Method>,
    pub(super) requirements: Vec<Requirement>,
    pub(super) schemes: Vec<String>,
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
        self.is_anonymous || self.anonymous_verbs.contains(method)
    }

    /// What is asked of a user, all of it.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The schemes that are asked, by name; empty where all of the host are.
    #[must_use]
    pub fn schemes(&self) -> &[String] {
        &self.schemes
    }

    /// The field of the query that may carry a token.
    #[must_use]
    pub fn query_token(&self) -> Option<&str> {
        self.query_token.as_deref()
    }

    /// This access, with what it leaves open as the outer one has it. Requirements add up; whoever
    /// is nearer opens what was closed, and closes what was open.
    pub(super) fn within(self, outer: &Self) -> Self {
        let opens = self.is_anonymous || !self.anonymous_verbs.is_empty();
        let decides = opens || self.is_closed || !self.requirements.is_empty();
        let requirements = match self.is_anonymous {
            true => self.requirements,
            false => [outer.requirements.clone(), self.requirements].concat(),
        };
        let verbs = if decides { self.anonymous_verbs } else { outer.anonymous_verbs.clone() };
        Self {
            is_anonymous: if decides { self.is_anonymous } else { outer.is_anonymous },
            is_closed: if decides { self.is_closed } else { outer.is_closed },
            anonymous_verbs: verbs,
            requirements,
            schemes: if self.schemes.is_empty() { outer.schemes.clone() } else { self.schemes },
            query_token: self.query_token.or_else(|| outer.query_token.clone()),
        }
    }

    /// What contradicts itself, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let asked = self.asked();
        if self.is_anonymous && !asked.is_empty() {
            mistakes
                .push(format!("allows anonymous users and asks for {asked}; keep one of the two"));
        }
        if self.is_anonymous && self.is_closed {
            mistakes
                .push("allows anonymous users and asks for a user; keep one of the two".to_owned());
        }
        if self.is_anonymous && !self.anonymous_verbs.is_empty() {
            mistakes.push(
                "allows anonymous users altogether and by verbs; keep one of the two".to_owned(),
            );
        }
        let empty = self.requirements.iter().filter(|requirement| requirement.is_empty());
        mistakes.extend(
            empty.map(|asked| format!("asks for {} and names none; name one", asked.title())),
        );
        if self.query_token.as_deref() == Some("") {
            mistakes.push("`allow_query_token` needs the name of a field".to_owned());
        }
        mistakes
    }

    /// What contradicts itself on an endpoint of these methods, a sentence each.
    pub(super) fn mistakes_of_verbs(&self, methods: &[Method]) -> Vec<String> {
        let of_none = |method: &&Method| !methods.contains(method);
        let mut mistakes: Vec<_> = self
            .anonymous_verbs
            .iter()
            .filter(of_none)
            .map(|method| {
                format!(
                    "allows anonymous users by {method}, for which it has no route; keep to its \
                     verbs"
                )
            })
            .collect();
        let asked = self.asked();
        let is_open = methods.iter().all(|method| self.anonymous_verbs.contains(method));
        if is_open && !methods.is_empty() && !self.is_anonymous && !asked.is_empty() {
            mistakes.push(format!(
                "allows anonymous users by each of its verbs and asks for {asked}; keep one of the two"
            ));
        }
        mistakes
    }

    /// What is asked for, for reports.
    fn asked(&self) -> String {
        self.requirements.iter().map(Requirement::title).collect::<Vec<_>>().join(", ")
    }
}
