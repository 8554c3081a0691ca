//! Finds the paths in code, such as `a::b::C`, from its tokens: also in macro calls, and with the
//! groups of `use` expanded.

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// A path of two or more names, of which the last may be `*`, and the line where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// Returns the paths in `tokens`, without those that start with `::`, which name other crates.
pub(crate) fn mentions(tokens: TokenStream) -> Vec<Mention> {
    let mut found = Vec::new();
    scan(tokens, &mut found);
    found
}

fn scan(tokens: TokenStream, found: &mut Vec<Mention>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = trees.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            TokenTree::Ident(_) => path(rest, &[], found),
            TokenTree::Group(group) => {
                scan(group.stream(), found);
                after
            }
            _ => match after_colons(rest) {
                Some(global) => path(global, &[], &mut Vec::new()),
                None => after,
            },
        };
    }
}

/// Reads one path and returns the tokens after it.
fn path<'a>(
    mut rest: &'a [TokenTree],
    prefix: &[String],
    found: &mut Vec<Mention>,
) -> &'a [TokenTree] {
    let line = rest.first().map_or(0, |tree| tree.span().start().line);
    let mut path = prefix.to_vec();
    loop {
        match rest.split_first() {
            Some((TokenTree::Ident(name), after)) => {
                path.push(name.to_string());
                let next = after_colons(after);
                rest = next.unwrap_or(after);
                if next.is_none() {
                    break;
                }
            }
            Some((TokenTree::Group(group), after)) if !path.is_empty() => {
                members(group.stream(), &path, found);
                return after;
            }
            Some((TokenTree::Punct(star), after)) if !path.is_empty() && star.as_char() == '*' => {
                path.push("*".into());
                rest = after;
                break;
            }
            _ => break,
        }
    }
    if path.len() > 1 {
        found.push(Mention { path, line });
    }
    rest
}

/// Reads the paths of a group such as `{a, b::C}`, each with the prefix before it.
fn members(group: TokenStream, prefix: &[String], found: &mut Vec<Mention>) {
    let trees: Vec<TokenTree> = group.into_iter().collect();
    let is_comma =
        |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
    for member in trees.split(is_comma).filter(|member| !member.is_empty()) {
        path(member, prefix, found);
    }
}

/// Returns the tokens after `::`, or `None` if there is no `::` at the start.
fn after_colons(rest: &[TokenTree]) -> Option<&[TokenTree]> {
    match rest {
        [TokenTree::Punct(first), TokenTree::Punct(second), after @ ..]
            if first.as_char() == ':'
                && first.spacing() == Spacing::Joint
                && second.as_char() == ':' =>
        {
            Some(after)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::mentions;

    fn check(code: &str, expected: &[&str]) {
        let found = mentions(code.parse().unwrap());
        let found: Vec<_> = found.iter().map(|mention| mention.path.join("::")).collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn paths_are_found_in_code_types_and_macros() {
        check("fn a(b: crate::c::D) -> e::F { super::g() }", &["crate::c::D", "e::F", "super::g"]);
        check("vec![a!(crate::b::c())]", &["crate::b::c"]);
        check("macro_rules! a { () => { $crate::b::c() } }", &["crate::b::c"]);
        check("Vec::<crate::a::B>::new()", &["crate::a::B"]);
        check("fn a() {\n\n use self::b::*; }", &["self::b::*"]);
        check("pub(crate) fn a(b: C) -> D { b.e() }", &[]);
    }

    #[test]
    fn groups_are_expanded() {
        check(
            "use crate::{self as x, a::{B, c::*}, d::{self}};",
            &["crate::self", "crate::a::B", "crate::a::c::*", "crate::d::self"],
        );
    }

    #[test]
    fn paths_to_other_crates_are_excluded() {
        check("fn a(b: ::http::Method, c: ::d::E<crate::f::G>) {}", &["crate::f::G"]);
    }

    #[test]
    fn a_mention_has_the_line_of_its_path() {
        assert_eq!(mentions("fn a() {\n\n b::c() }".parse().unwrap())[0].line, 3);
    }
}
