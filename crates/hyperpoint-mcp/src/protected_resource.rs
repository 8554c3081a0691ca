//! OAuth 2.0 Protected Resource Metadata (RFC 9728), which names the authorization servers of a
//! resource.

use std::sync::OnceLock;

use http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode, Uri};
use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Body, Config, Cx, Declared, Endpoint, FromServices, Problem, Result};
use serde_json::{Value, json};

/// The path prefix of the metadata of a resource (RFC 9728 §3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The resource for which clients request tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProtectedResource {
    pub(crate) url: String,
    pub(crate) issuers: Vec<String>,
    pub(crate) scopes: Vec<String>,
}

impl ProtectedResource {
    /// Returns the configuration errors of the resource, one message each.
    pub(crate) fn config_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        let is_url = |text: &str| {
            let url = text.parse::<Uri>().ok();
            url.is_some_and(|url| {
                url.scheme().is_some() && url.authority().is_some() && !text.contains(['#', '"'])
            })
        };
        if !is_url(&self.url) {
            errors.push(format!(
                "the protected resource `{}` is not a URL; set the URL of the MCP server, such as \
                 `https://api.example.com/mcp`",
                self.url
            ));
        }
        if self.issuers.is_empty() {
            errors.push(
                "the protected resource names no authorization server; add one, such as \
                 `https://login.example.com`"
                    .to_owned(),
            );
        }
        let invalid = self.issuers.iter().filter(|issuer| !is_url(issuer));
        errors.extend(invalid.map(|issuer| {
            format!(
                "the authorization server `{issuer}` is not a \
                 URL; write one such as `https://login.example.com`"
            )
        }));
        let is_scope = |c: char| c.is_ascii_graphic() && !['"', '\\'].contains(&c);
        let invalid =
            self.scopes.iter().filter(|scope| scope.is_empty() || !scope.chars().all(is_scope));
        errors.extend(invalid.map(|scope| {
            format!(
                "`{scope}` is not a scope; use visible ASCII \
             characters, except quotes and backslashes"
            )
        }));
        errors
    }

    /// Returns the path of the metadata: the well-known prefix and the path of the resource's URL.
    /// A proxy may map that URL to another path of the host.
    pub(crate) fn path(&self) -> String {
        let url = self.url.parse::<Uri>().unwrap_or_default();
        format!("{WELL_KNOWN}{}", url.path().trim_end_matches('/'))
    }

    /// Returns the URL of the metadata (RFC 9728 §3.1), or `None` if the URL of the resource is not
    /// valid.
    fn metadata_url(&self) -> Option<String> {
        let url = self.url.parse::<Uri>().ok()?;
        let (scheme, authority) = (url.scheme_str()?, url.authority()?);
        Some(format!("{scheme}://{authority}{}", self.path()))
    }

    /// Returns the metadata (RFC 9728 §2).
    pub(crate) fn metadata(&self, name: &str) -> Value {
        let mut metadata = json!({
            "resource": self.url,
            "authorization_servers": self.issuers,
            "bearer_methods_supported": ["header"],
            "resource_name": name,
        });
        if let Some(metadata) = metadata.as_object_mut()
            && !self.scopes.is_empty()
        {
            metadata.insert("scopes_supported".to_owned(), json!(self.scopes));
        }
        metadata
    }

    /// Adds the URL of the metadata to the first `Bearer` challenge of a 401 (RFC 9728 §5.1) or of
    /// a 403 for missing scopes. A 401 without a `Bearer` challenge receives one.
    pub(crate) fn challenge(&self, mut response: Response<Body>) -> Response<Body> {
        let status = response.status();
        if let Some(url) = self.metadata_url()
            && [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status)
        {
            self.add(response.headers_mut(), &url, status);
        }
        response
    }

    fn add(&self, headers: &mut HeaderMap, url: &str, status: StatusCode) {
        let known: Vec<_> = headers.get_all(WWW_AUTHENTICATE).iter().cloned().collect();
        let of_bearer = |value: &&HeaderValue| {
            let text = value.to_str().unwrap_or_default();
            text.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        };
        let extended = known.iter().position(|value| of_bearer(&value));
        let bearer = extended.and_then(|index| known.get(index)?.to_str().ok());
        // A 403 without a `Bearer` challenge is not about scopes.
        if status == StatusCode::FORBIDDEN && bearer.is_none() {
            return;
        }
        let mut parameters = format!("resource_metadata=\"{url}\"");
        if !self.scopes.is_empty() && bearer.is_none_or(|text| !text.contains("scope=")) {
            parameters = format!("{parameters}, scope=\"{}\"", self.scopes.join(" "));
        }
        let challenge = match bearer.and_then(|text| text.get(6..)).map(str::trim) {
            Some(others) if !others.is_empty() => format!("Bearer {others}, {parameters}"),
            _ => format!("Bearer {parameters}"),
        };
        let Ok(challenge) = HeaderValue::try_from(challenge) else { return };
        headers.remove(WWW_AUTHENTICATE);
        headers.append(WWW_AUTHENTICATE, challenge);
        let others = known.into_iter().enumerate().filter(|(index, _)| Some(*index) != extended);
        headers.extend(others.map(|(_, other)| (WWW_AUTHENTICATE, other)));
    }
}

/// The endpoint that sends the metadata.
#[derive(Debug, Default)]
pub(crate) struct ServedMetadata(OnceLock<Value>);

impl ServedMetadata {
    /// Sets the metadata. Later calls have no effect.
    pub(crate) fn set(&self, metadata: Value) {
        let _ = self.0.set(metadata);
    }
}

impl FromServices for ServedMetadata {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(_: &mut Resolver<'_>) -> Option<Self> {
        Some(Self::default())
    }
}

impl Endpoint for ServedMetadata {
    type Request = ();
    type Response = Value;

    // `ServeMcp::mcp` sets the path and the settings.
    fn configure(_: &mut Config) {}

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let metadata = self.0.get().ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
        cx.send.ok_async(metadata.clone()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(scopes: &[&str]) -> ProtectedResource {
        ProtectedResource {
            url: "https://api.example.com/mcp".to_owned(),
            issuers: vec!["https://login.example.com".to_owned()],
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }

    #[track_caller]
    fn check(resource: &ProtectedResource, status: u16, sent: &[&str], expected: &[&str]) {
        let mut response = Response::new(Body::default());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for value in sent {
            response.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_str(value).unwrap());
        }
        let response = resource.challenge(response);
        let found: Vec<_> = response.headers().get_all(WWW_AUTHENTICATE).iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_refusal_names_the_metadata() {
        let url = "https://api.example.com/.well-known/oauth-protected-resource/mcp";
        let named = format!("Bearer resource_metadata=\"{url}\"");
        let plain = resource(&[]);
        assert_eq!(plain.config_errors(), Vec::<String>::new());
        check(&plain, 401, &[], &[&named]);
        check(&plain, 401, &["Bearer", "ApiKey"], &[&named, "ApiKey"]);
        check(&plain, 403, &[], &[]);
        check(&plain, 200, &[], &[]);
        // Each of two token schemes has its own challenge.
        let other = "Bearer realm=\"other\"";
        check(&plain, 401, &["Bearer", other, "ApiKey"], &[&named, other, "ApiKey"]);
        let scoped = format!("{named}, scope=\"a b\"");
        check(&resource(&["a", "b"]), 401, &["ApiKey"], &[&scoped, "ApiKey"]);
        let lacking = "Bearer error=\"insufficient_scope\", scope=\"c\"";
        let expected = format!("{lacking}, resource_metadata=\"{url}\"");
        check(&resource(&["a"]), 403, &[lacking], &[&expected]);
    }

    #[test]
    fn a_resource_without_urls_is_a_configuration_error() {
        let errors = ProtectedResource { scopes: vec!["a b".to_owned()], ..Default::default() };
        assert_eq!(errors.config_errors().len(), 3);
    }
}
