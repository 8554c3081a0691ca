//! `ProblemMap`: the mapping of a domain's errors to problems, configured once per host.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Problem;

type Rule = Box<dyn Fn(&(dyn Error + 'static)) -> Option<Problem> + Send + Sync>;

/// The rules that convert errors of specific types to problems.
#[derive(Default)]
pub struct ProblemMap(Vec<Rule>);

impl ProblemMap {
    /// Adds a rule for errors of type `T`. The first matching rule is used.
    pub fn add<T: Error + 'static>(
        &mut self,
        rule: impl Fn(&T) -> Problem + Send + Sync + 'static,
    ) {
        self.0.push(Box::new(move |error| error.downcast_ref::<T>().map(&rule)));
    }

    /// Applies the rules to the private cause of a problem and to the sources of that error. A
    /// problem without a matching rule is returned unchanged.
    #[must_use]
    pub fn apply(&self, problem: Problem) -> Problem {
        if self.0.is_empty() || !problem.status().is_server_error() {
            return problem;
        }
        let mut next: Option<&(dyn Error + 'static)> = problem.private_source().map(|e| e as _);
        while let Some(error) = next {
            if let Some(mapped) = self.0.iter().find_map(|rule| without_panic(rule, error)) {
                return mapped;
            }
            next = error.source();
        }
        problem
    }
}

/// Calls a rule and returns `None` if it panics, so that the problem stays a 500.
fn without_panic(rule: &Rule, error: &(dyn Error + 'static)) -> Option<Problem> {
    catch_unwind(AssertUnwindSafe(|| rule(error))).ok().flatten()
}

impl fmt::Debug for ProblemMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProblemMap").field(&self.0.len()).finish()
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
