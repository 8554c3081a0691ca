//! Which status a domain's own errors get, told once for the host.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Problem;

type Rule = Box<dyn Fn(&(dyn Error + 'static)) -> Option<Problem> + Send + Sync>;

/// The rules by which errors of known types become problems of known statuses.
#[derive(Default)]
pub struct ProblemMap(Vec<Rule>);

impl ProblemMap {
    /// Adds the rule for errors of type `T`. The first rule that fits is used.
    pub fn add<T: Error + 'static>(
        &mut self,
        rule: impl Fn(&T) -> Problem + Send + Sync + 'static,
    ) {
        self.0.push(Box::new(move |error| error.downcast_ref::<T>().map(&rule)));
    }

    /// The problem as the rules have it: by its private source, or one of that error's sources.
    /// A problem that no rule knows stays as it is.
    #[must_use]
    pub fn apply(&self, problem: Problem) -> Problem {
        if self.0.is_empty() || !problem.status().is_server_error() {
            return problem;
        }
        let mut next: Option<&(dyn Error + 'static)> = problem.private_source().map(|e| e as _);
        while let Some(error) = next {
            if let Some(mapped) = self.0.iter().find_map(|rule| unpanicked(rule, error)) {
                return mapped;
            }
            next = error.source();
        }
        problem
    }
}

/// What a rule says; nothing where it panics, so that the problem stays the 500 that it was.
fn unpanicked(rule: &Rule, error: &(dyn Error + 'static)) -> Option<Problem> {
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
    fn a_rule_finds_its_error_also_behind_another() {
        let mut map = ProblemMap::default();
        map.add::<Missing>(|_| Problem::new(StatusCode::NOT_FOUND));
        assert_eq!(map.apply(Problem::from(Missing)).status(), 404);
        assert_eq!(map.apply(Problem::from(Wrapped(Missing))).status(), 404);
        assert_eq!(map.apply(Problem::from(fmt::Error)).status(), 500);
    }

    #[test]
    fn a_rule_that_panics_leaves_the_problem_as_it_was() {
        let mut map = ProblemMap::default();
        map.add::<Missing>(|_| panic!("a mistake in a rule, on purpose"));
        assert_eq!(map.apply(Problem::from(Missing)).status(), 500);
    }

    #[test]
    fn a_status_that_was_chosen_in_place_stands() {
        let mut map = ProblemMap::default();
        map.add::<Missing>(|_| Problem::new(StatusCode::NOT_FOUND));
        let chosen = Problem::new(StatusCode::GONE).caused_by(Missing);
        assert_eq!(map.apply(chosen).status(), 410);
    }
}
