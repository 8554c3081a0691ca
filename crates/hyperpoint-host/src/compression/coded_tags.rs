//! Entity tags of encoded content: `"7-gzip"` for gzip-coded content whose own tag is `"7"`.

use http::HeaderValue;

use super::codings::Coding;

/// Returns the tag of the content in this coding, or `None` for a weak tag, which is valid for
/// every coding.
pub(super) fn coded(tag: &HeaderValue, coding: Coding) -> Option<HeaderValue> {
    let opaque = tag.as_bytes().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let coded = [b"\"", opaque, b"-", coding.name().as_bytes(), b"\""].concat();
    HeaderValue::from_bytes(&coded).ok()
}

/// Returns the list with the uncompressed content's tag added for each tag whose coding passes
/// `codings`. A value that is not a list of tags is returned unchanged.
pub(super) fn with_plain(list: &HeaderValue, codings: impl Fn(Coding) -> bool) -> HeaderValue {
    let mut tags = list.as_bytes().to_vec();
    let mut before: &[u8] = b"";
    for (index, part) in list.as_bytes().split(|&byte| byte == b'"').enumerate() {
        if index % 2 == 1
            && let Some(plain) = plain(part, &codings)
        {
            let weak: &[u8] = if before.ends_with(b"W/") { b"W/" } else { b"" };
            tags.extend([b", ", weak, b"\"", plain, b"\""].concat());
        }
        before = part;
    }
    HeaderValue::from_bytes(&tags).unwrap_or_else(|_| list.clone())
}

/// Returns whether the list contains this tag, by weak comparison.
pub(super) fn has(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let Some(opaque) = tag.as_bytes().split(|&byte| byte == b'"').nth(1) else {
        return false;
    };
    list.as_bytes().split(|&byte| byte == b'"').skip(1).step_by(2).any(|other| other == opaque)
}

/// Returns the opaque tag of the uncompressed content, or `None` if `opaque` is not the tag of a
/// coding that passes `codings`.
fn plain(opaque: &[u8], codings: impl Fn(Coding) -> bool) -> Option<&[u8]> {
    Coding::ALL
        .into_iter()
        .filter(|&coding| codings(coding))
        .find_map(|coding| opaque.strip_suffix(coding.name().as_bytes())?.strip_suffix(b"-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_coding_has_its_own_tag() {
        let coded = |tag, coding| coded(&HeaderValue::from_static(tag), coding);
        assert_eq!(coded("\"7\"", Coding::Gzip).unwrap(), "\"7-gzip\"");
        assert_eq!(coded("\"7\"", Coding::Brotli).unwrap(), "\"7-br\"");
        assert_eq!(coded("W/\"7\"", Coding::Gzip), None);
    }

    #[track_caller]
    fn check(list: &'static str, added: &str) {
        let found = with_plain(&HeaderValue::from_static(list), |coding| coding == Coding::Gzip);
        assert_eq!(found.to_str().unwrap(), format!("{list}{added}"));
    }

    #[test]
    fn the_uncompressed_tag_is_added_with_the_same_strength() {
        check("\"7-gzip\"", ", \"7\"");
        check("\"a,b-gzip\", W/\"7-gzip\" , \"8\"", ", \"a,b\", W/\"7\"");
        check("\"7\"", "");
        check("\"7-br\"", "");
        check("\"gzip\"", "");
        check("*", "");
        check("7-gzip", "");
    }

    #[test]
    fn a_tag_is_found_in_a_list_by_its_opaque_value() {
        let list = HeaderValue::from_static("W/\"7-gzip\", \"8\"");
        let has = |tag| has(&list, &HeaderValue::from_static(tag));
        assert!(has("\"7-gzip\"") && has("\"8\"") && has("W/\"8\""));
        assert!(!has("\"7\"") && !has("\", \"") && !has("8"));
    }
}
