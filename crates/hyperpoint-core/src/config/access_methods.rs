//! What `configure` says of who may use the endpoint.

use std::sync::Arc;

use http::{Method, request};

use super::requirement::{Asked, Kind, PolicyFn, Requirement};
use super::settings::Settings;
use crate::identity::Identity;

/// Who may use the endpoint. What is asked by methods of different names is all needed; said again,
/// a method adds to its list.
impl Settings {
    /// Lets everybody in. Without it an endpoint needs an authenticated user.
    pub fn allow_anonymous(&mut self) {
        self.access.is_anonymous = true;
    }

    /// Lets in every authenticated user. An endpoint does so without a word; in a group that lets
    /// everybody in, this is the word.
    pub fn authenticated(&mut self) {
        self.access.is_closed = true;
    }

    /// Lets everybody in by these methods; the others need an authenticated user. GET has HEAD with
    /// it.
    ///
    /// # Example
    ///
    /// ```
    /// use http::Method;
    /// use hyperpoint_core::Config;
    ///
    /// fn configure(config: &mut Config) {
    ///     config.get("/posts/{id}");
    ///     config.put("/posts/{id}");
    ///     config.allow_anonymous_verbs([Method::GET]);
    ///     config.roles(["author"]);
    /// }
    /// # configure(&mut Config::default());
    /// ```
    pub fn allow_anonymous_verbs(&mut self, methods: impl IntoIterator<Item = Method>) {
        self.access.anonymous_verbs.get_or_insert_default().extend(methods);
    }

    /// Lets in users who hold any of these roles.
    pub fn roles<'r>(&mut self, roles: impl IntoIterator<Item = &'r str>) {
        self.access.any(Kind::Role, roles);
    }

    /// Lets in users who hold each of these roles.
    pub fn roles_all<'r>(&mut self, roles: impl IntoIterator<Item = &'r str>) {
        self.access.all(Kind::Role, roles);
    }

    /// Lets in users who have any of these permissions.
    pub fn permissions<'p>(&mut self, permissions: impl IntoIterator<Item = &'p str>) {
        self.access.any(Kind::Permission, permissions);
    }

    /// Lets in users who have each of these permissions.
    pub fn permissions_all<'p>(&mut self, permissions: impl IntoIterator<Item = &'p str>) {
        self.access.all(Kind::Permission, permissions);
    }

    /// Lets in clients that were given any of these scopes.
    pub fn scopes<'s>(&mut self, scopes: impl IntoIterator<Item = &'s str>) {
        self.access.any(Kind::Scope, scopes);
    }

    /// Lets in clients that were given each of these scopes.
    pub fn scopes_all<'s>(&mut self, scopes: impl IntoIterator<Item = &'s str>) {
        self.access.all(Kind::Scope, scopes);
    }

    /// Lets in users of whom any of these claims is known, whatever its value.
    pub fn claims<'c>(&mut self, names: impl IntoIterator<Item = &'c str>) {
        self.access.any(Kind::ClaimName, names);
    }

    /// Lets in users of whom each of these claims is known, whatever their values.
    pub fn claims_all<'c>(&mut self, names: impl IntoIterator<Item = &'c str>) {
        self.access.all(Kind::ClaimName, names);
    }

    /// Lets in users whose claim has any of these values; a claim that is a list has each of its
    /// values. Claims of several names are all needed.
    ///
    /// # Example
    ///
    /// ```
    /// # let mut config = hyperpoint_core::Config::default();
    /// config.claim("tier", ["gold", "platinum"]);
    /// config.claim("region", ["eu"]);
    /// ```
    pub fn claim<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v str>) {
        self.access.any(Kind::Claim(name.to_owned()), values);
    }

    /// Lets in users whose claim, a list, has each of these values.
    pub fn claim_all<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v str>) {
        self.access.all(Kind::Claim(name.to_owned()), values);
    }

    /// Lets in users for whom this holds. The name is for reports. What needs the data of the
    /// request, or has to wait, belongs in `handle`.
    ///
    /// # Example
    ///
    /// ```
    /// # let mut config = hyperpoint_core::Config::default();
    /// config.policy("staff write", |user, request| {
    ///     request.method.is_safe() || user.has_claim("is_staff", "true")
    /// });
    /// ```
    pub fn policy<P>(&mut self, name: &str, policy: P)
    where
        P: Fn(&Identity, &request::Parts) -> bool + Send + Sync + 'static,
    {
        let policy = Asked::Policy(name.to_owned(), PolicyFn(Arc::new(policy)));
        self.access.requirements.push(Requirement(policy));
    }

    /// Lets in users whom one of these schemes knows, and asks no other scheme. The names are those
    /// of [`AuthenticationScheme::name`](crate::AuthenticationScheme::name). Like every requirement
    /// it closes what an outer level opened, and beside
    /// [`allow_anonymous`](Self::allow_anonymous) it is a configuration error. A ticket is taken if
    /// both its own scheme and the one that it was issued for are named. Default: every scheme of the
    /// host.
    pub fn schemes<'s>(&mut self, names: impl IntoIterator<Item = &'s str>) {
        let names = names.into_iter().map(str::to_owned);
        self.access.schemes.get_or_insert_default().extend(names);
    }

    /// Lets a client send its token in this field of the query, which a browser's `EventSource`
    /// needs where it has no cookie. The field is taken out of the request before anything else
    /// sees it.
    ///
    /// A URL ends up in the logs of proxies and in histories: prefer a cookie, or a ticket, which
    /// is short-lived.
    pub fn allow_query_token(&mut self, field: &str) {
        self.access.query_token = Some(field.to_owned());
    }
}
