//! The page that shows the event streams of the document live.

use crate::api::OpenApi;

/// The `Content-Security-Policy` of the page. It allows inline scripts and styles, the icon, and
/// requests to the host.
pub(crate) const POLICY: &str = concat!(
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src data",
    ":"
);

/// Returns the HTML of the page, which loads the document in OpenAPI 3.2.
pub(crate) fn page(api: &OpenApi) -> String {
    include_str!("page.html")
        .replace("{{title}}", &escaped(&api.title))
        .replace("{{document}}", &escaped(&api.path_3_2))
        .replace("{{page}}", &escaped(api.page.as_deref().unwrap_or_default()))
}

/// Escapes text for HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
