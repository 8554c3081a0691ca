//! The version of an endpoint, and its placeholder in a path.

/// The version setting of one level: unset, unversioned, or a number.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    numbers: Vec<u32>,
    is_unversioned: bool,
}

impl Version {
    pub(super) fn set(&mut self, number: u32) {
        self.numbers.push(number);
    }

    pub(super) fn clear(&mut self) {
        self.is_unversioned = true;
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.numbers.first().copied().filter(|_| !self.is_unversioned)
    }

    pub(super) fn within(self, outer: &Self) -> Self {
        if self.is_unversioned || !self.numbers.is_empty() { self } else { outer.clone() }
    }

    pub(super) fn configuration_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        if self.numbers.contains(&0) {
            errors.push("has the version 0; count versions from 1".to_owned());
        }
        if self.numbers.len() > 1 {
            let numbers = self.numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ");
            errors.push(format!(
                "has the versions {numbers}; keep one, and write an endpoint for each version"
            ));
        }
        if self.is_unversioned && !self.numbers.is_empty() {
            errors.push("has a version and is unversioned; keep one of the two".to_owned());
        }
        errors
    }
}

/// Returns whether the segment contains the version placeholder, as in `v{}`. Returns `false` for
/// the segment `{}`, which is a parameter without a name.
fn is_placeholder(segment: &str) -> bool {
    segment.contains("{}") && segment != "{}"
}

/// Returns the number of version placeholders in a path.
pub(super) fn placeholders(path: &str) -> usize {
    path.split('/').filter(|segment| is_placeholder(segment)).count()
}

/// Returns the path with each version placeholder replaced by the version. Without a version, the
/// segments with a placeholder are omitted.
pub(super) fn with_version(path: &str, version: Option<u32>) -> String {
    let fill = |segment: &str| match version {
        _ if !is_placeholder(segment) => Some(segment.to_owned()),
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
    fn a_version_replaces_its_placeholder_and_no_version_omits_the_segment() {
        check("/users/v{}", Some(2), "/users/v2");
        check("/v{}/users/{id}", Some(12), "/v12/users/{id}");
        check("/v{}/users", None, "/users");
        check("/v{}", None, "/");
        check("", None, "");
        check("/{}", Some(1), "/{}");
        assert_eq!(placeholders("/v{}/{}/{id}/r{}"), 2);
    }
}
