//! Checks that a parameter has the same name in all routes with the same path before it.

use std::collections::HashMap;

use hyperpoint_core::RouteTemplate;

/// The parameter names of the known routes, by the path before and including the parameter.
#[derive(Debug, Default)]
pub(super) struct ParamNames(HashMap<Vec<String>, (String, RouteTemplate)>);

impl ParamNames {
    /// Adds the parameters of a route.
    ///
    /// # Errors
    ///
    /// Returns the route that has another name for a parameter at the same position.
    pub(super) fn note(&mut self, template: &RouteTemplate) -> Result<(), RouteTemplate> {
        let mut position = Vec::new();
        for segment in template.as_str().split('/') {
            // The router itself detects a conflict of `{*rest}` and `{name}`.
            let is_named = segment.starts_with('{') && !segment.starts_with("{*");
            // A constraint is not part of the name.
            let segment = segment.split_once(':').filter(|_| is_named).map_or(segment, |at| at.0);
            let segment = if is_named { segment.trim_end_matches('}') } else { segment };
            position.push(if is_named { "{}" } else { segment }.to_owned());
            if !is_named {
                continue;
            }
            let noted = || (segment.to_owned(), template.clone());
            let (name, owner) = self.0.entry(position.clone()).or_insert_with(noted);
            if name != segment {
                return Err(owner.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(routes: &[&str], clash: Option<&str>) {
        let mut param_names = ParamNames::default();
        let mut note = |route: &&str| param_names.note(&RouteTemplate::parse(route).unwrap()).err();
        let clashes: Vec<_> = routes.iter().filter_map(&mut note).collect();
        assert_eq!(clashes.first().map(RouteTemplate::as_str), clash);
    }

    #[test]
    fn a_parameter_has_one_name_at_each_position_even_inside_a_path() {
        check(&["/a/{id}", "/a/{id}/x", "/b/{key}"], None);
        check(&["/a/{id:int}", "/a/{id}/x"], None);
        check(&["/a/{id:int}", "/a/{key:int}/x"], Some("/a/{id:int}"));
        check(&["/a/{id}", "/a/{key}"], Some("/a/{id}"));
        check(&["/a/{id}", "/a/{key}/x"], Some("/a/{id}"));
        check(&["/a/{id}/{b}", "/a/{id}/{c}"], Some("/a/{id}/{b}"));
        check(&["/a/{id}", "/a/me/{key}"], None);
    }
}
