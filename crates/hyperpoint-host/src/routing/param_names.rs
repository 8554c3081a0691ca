//! The names of parameters: one at each place of a path, whatever comes behind it.

use std::collections::HashMap;

use hyperpoint_core::RouteTemplate;

/// The parameter at each place where the known routes have one.
#[derive(Debug, Default)]
pub(super) struct ParamNames(HashMap<Vec<String>, (String, RouteTemplate)>);

impl ParamNames {
    /// Notes the parameters of a route, or gives the route that has another name at a place of
    /// them.
    pub(super) fn note(&mut self, template: &RouteTemplate) -> Result<(), RouteTemplate> {
        let mut place = Vec::new();
        for segment in template.as_str().split('/') {
            // `{*rest}` and `{name}` at one place conflict by themselves.
            let is_named = segment.starts_with('{') && !segment.starts_with("{*");
            place.push(if is_named { "{}" } else { segment }.to_owned());
            if !is_named {
                continue;
            }
            let noted = || (segment.to_owned(), template.clone());
            let (name, owner) = self.0.entry(place.clone()).or_insert_with(noted);
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
        let mut places = ParamNames::default();
        let mut note = |route: &&str| places.note(&RouteTemplate::parse(route).unwrap()).err();
        let clashes: Vec<_> = routes.iter().filter_map(&mut note).collect();
        assert_eq!(clashes.first().map(RouteTemplate::as_str), clash);
    }

    #[test]
    fn a_place_has_one_name_also_in_the_middle_of_a_path() {
        check(&["/a/{id}", "/a/{id}/x", "/b/{key}"], None);
        check(&["/a/{id}", "/a/{key}"], Some("/a/{id}"));
        check(&["/a/{id}", "/a/{key}/x"], Some("/a/{id}"));
        check(&["/a/{id}/{b}", "/a/{id}/{c}"], Some("/a/{id}/{b}"));
        check(&["/a/{id}", "/a/me/{key}"], None);
    }
}
