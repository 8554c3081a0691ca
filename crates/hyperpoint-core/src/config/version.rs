//! The version of an endpoint, and its place in a path.

/// What is said of a version: nothing, none, or the number.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    numbers: Vec<u32>,
    is_none: bool,
}

impl Version {
    pub(super) fn set(&mut self, number: u32) {
        self.numbers.push(number);
    }

    pub(super) fn clear(&mut self) {
        self.is_none = true;
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.numbers.first().copied().filter(|_| !self.is_none)
    }

    pub(super) fn within(self, outer: &Self) -> Self {
        if self.is_none || !self.numbers.is_empty() { self } else { outer.clone() }
    }

    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.numbers.contains(&0) {
            mistakes.push("has the version 0; count versions from 1".to_owned());
        }
        if self.numbers.len() > 1 {
            let numbers = self.numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ");
            mistakes.push(format!(
                "has the versions {numbers}; keep one, and write an endpoint for each version"
            ));
        }
        if self.is_none && !self.numbers.is_empty() {
            mistakes.push("has a version and is unversioned; keep one of the two".to_owned());
        }
        mistakes
    }
}

/// Whether the segment is a place for a version: `v{}`. A lone `{}` is a parameter without a name.
fn is_place(segment: &str) -> bool {
    segment.contains("{}") && segment != "{}"
}

/// How many places for a version a path has.
pub(super) fn places(path: &str) -> usize {
    path.split('/').filter(|segment| is_place(segment)).count()
}

/// The path with this version in the places for one. Without a version they are left out.
pub(super) fn with_version(path: &str, version: Option<u32>) -> String {
    let fill = |segment: &str| match version {
        _ if !is_place(segment) => Some(segment.to_owned()),
        Some(number) => Some(segment.replace("{}", &number.to_string())),
        None => None,
    };
    let filled = path.split('/').filter_map(fill).collect::<Vec<_>>().join("/");
    if filled.is_empty() && path.starts_with('/') { "/".to_owned() } else { filled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, version: Option<u32>, expected: &str) {
        assert_eq!(with_version(path, version), expected);
    }

    #[test]
    fn a_version_fills_its_place_or_the_place_is_left_out() {
        check("/users/v{}", Some(2), "/users/v2");
        check("/v{}/users/{id}", Some(12), "/v12/users/{id}");
        check("/v{}/users", None, "/users");
        check("/v{}", None, "/");
        check("", None, "");
        check("/{}", Some(1), "/{}");
        assert_eq!(places("/v{}/{}/{id}/r{}"), 2);
    }
}
