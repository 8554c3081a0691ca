//! `ProblemMap`: the conversion of an application's errors to problems, configured once per host.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Problem;

type Rule = Box<dyn Fn(&(dyn Error + 'static)) -> Option<Problem> + Send + Sync>;

/// The rules that convert errors of specific types, which are the private causes of problems, to
/// other problems.
#[derive(Default)]
pub struct ProblemMap {
    rules: Vec<Rule>,
    /// The framework's own rules, for errors that no rule of the application matches.
    defaults: Vec<Rule>,
}

impl ProblemMap {
    /// Adds a rule for errors of type `T`. If several rules match an error, the rule that was added
    /// first is used.
    pub fn add<T: Error + 'static>(
        &mut self,
        rule: impl Fn(&T) -> Problem + Send + Sync + 'static,
    ) {
        self.rules.push(Box::new(move |error| error.downcast_ref::<T>().map(&rule)));
    }

    /// Adds a rule for errors of type `T` that is used if no rule of [`add`](Self::add) matches.
    /// The rule returns `None` if it does not apply to an error.
    pub fn add_default<T: Error + 'static>(
        &mut self,
        rule: impl Fn(&T) -> Option<Problem> + Send + Sync + 'static,
    ) {
        self.defaults.push(Box::new(move |error| error.downcast_ref::<T>().and_then(&rule)));
    }

    /// Applies the rules to the private cause of a 5xx problem, then to the sources of that cause.
    /// Returns the problem of the first rule that matches, which replaces the original problem and
    /// its private cause. Returns other problems, and problems without a matching rule, unchanged.
    ///
    /// [Default rules](Self::add_default) apply only to a 500 without type, title, detail, field
    /// errors and headers, which is what `?` creates from an error. The problem of a default rule
    /// gets the private cause of the original problem.
    #[must_use]
    pub fn apply(&self, problem: Problem) -> Problem {
        if !problem.status().is_server_error() {
            return problem;
        }
        if let Some(mapped) = mapped(&self.rules, &problem) {
            return mapped;
        }
        if !problem.0.is_bare() {
            return problem;
        }
        let Some(mut mapped) = mapped(&self.defaults, &problem) else { return problem };
        mapped.0.source = problem.0.source;
        mapped
    }
}

/// Applies the rules to the private cause of a problem, then to each of its sources. Returns the
/// first result, or `None` if no rule matches.
fn mapped(rules: &[Rule], problem: &Problem) -> Option<Problem> {
    let mut next = problem.private_source().map(|error| error as &(dyn Error + 'static));
    while let Some(error) = next {
        if let Some(mapped) = rules.iter().find_map(|rule| without_panic(rule, error)) {
            return Some(mapped);
        }
        next = error.source();
    }
    None
}

/// Calls a rule. Returns `None` if the rule does not match, or if it panics.
fn without_panic(rule: &Rule, error: &(dyn Error + 'static)) -> Option<Problem> {
    catch_unwind(AssertUnwindSafe(|| rule(error))).ok().flatten()
}

impl fmt::Debug for ProblemMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProblemMap").field(&self.rules.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[derive(Debug)]
    struct Missing;

    impl fmt::Display for Missing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("missing")
        }
    }

    impl Error for Missing {}

    #[derive(Debug)]
    struct Wrapped(Missing);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_rule_matches_an_error_that_is_the_source_of_another() {
        let mut map = ProblemMap::default();
        map.add::<Missing>(|_| Problem::new(StatusCode::NOT_FOUND));
        assert_eq!(map.apply(Problem::from(Missing)).status(), 404);
        assert_eq!(map.apply(Problem::from(Wrapped(Missing))).status(), 404);
        assert_eq!(map.apply(Problem::from(fmt::Error)).status(), 500);
    }

    #[test]
    fn a_default_rule_applies_where_no_other_does() {
        let mut map = ProblemMap::default();
        map.add_default::<Wrapped>(|_| None);
        map.add_default::<Missing>(|_| Some(Problem::new(StatusCode::BAD_GATEWAY)));
        let mapped = map.apply(Problem::from(Wrapped(Missing)));
        assert_eq!(mapped.status(), 502);
        assert!(mapped.private_source().is_some(), "for the log");
        map.add::<Missing>(|_| Problem::new(StatusCode::NOT_FOUND));
        assert_eq!(map.apply(Problem::from(Wrapped(Missing))).status(), 404);
    }

    #[test]
    fn a_default_rule_leaves_a_response_that_was_chosen() {
        let mut map = ProblemMap::default();
        map.add_default::<Missing>(|_| Some(Problem::new(StatusCode::BAD_GATEWAY)));
        for chosen in [
            Problem::new(StatusCode::GATEWAY_TIMEOUT),
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).detail("the order is stored"),
        ] {
            let status = chosen.status();
            assert_eq!(map.apply(chosen.caused_by(Missing)).status(), status);
        }
    }

    #[test]
    fn a_panicking_rule_leaves_the_problem_unchanged() {
        let mut map = ProblemMap::default();
        map.add::<Missing>(|_| panic!("a deliberate panic in a rule"));
        assert_eq!(map.apply(Problem::from(Missing)).status(), 500);
    }

    #[test]
    fn an_explicit_client_error_status_is_not_mapped() {
        let mut map = ProblemMap::default();
        map.add::<Missing>(|_| Problem::new(StatusCode::NOT_FOUND));
        let chosen = Problem::new(StatusCode::GONE).caused_by(Missing);
        assert_eq!(map.apply(chosen).status(), 410);
    }
}
