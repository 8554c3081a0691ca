//! The configuration methods for access rules.

use std::sync::Arc;

use http::{Method, request};

use super::requirement::{Asked, Kind, PolicyFn, Requirement};
use super::settings::Settings;
use crate::identity::Identity;

/// Access rules. A user must meet all requirements that these methods add. A repeated call of a
/// method adds to its previous values; only `allow_query_token` replaces its previous value.
impl Settings {
    /// Admits all users, including anonymous ones. The requirements of the group and the host then
    /// do not apply. Default: only authenticated users are admitted.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/health");
    /// config.allow_anonymous();
    /// ```
    pub fn allow_anonymous(&mut self) {
        self.access.is_anonymous = true;
    }

    /// Requires an authenticated user. This is the default; call the method if the group or the
    /// host admits anonymous users.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.delete("/posts/{id}");
    /// config.authenticated();
    /// ```
    pub fn authenticated(&mut self) {
        self.access.is_closed = true;
    }

    /// Admits all users, including anonymous ones, to these methods. The other methods require an
    /// authenticated user who meets the requirements. GET includes the HEAD route that a GET route
    /// adds.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::http::Method;
    /// use hyperpoint::Config;
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

    /// Requires a user with at least one of these roles.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.roles(["clerk", "admin"]);
    /// ```
    pub fn roles<'r>(&mut self, roles: impl IntoIterator<Item = &'r str>) {
        self.access.any(Kind::Role, roles);
    }

    /// Requires a user with all of these roles.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.roles_all(["auditor", "manager"]);
    /// ```
    pub fn roles_all<'r>(&mut self, roles: impl IntoIterator<Item = &'r str>) {
        self.access.all(Kind::Role, roles);
    }

    /// Requires a user with at least one of these permissions.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.permissions(["orders.read", "orders.write"]);
    /// ```
    pub fn permissions<'p>(&mut self, permissions: impl IntoIterator<Item = &'p str>) {
        self.access.any(Kind::Permission, permissions);
    }

    /// Requires a user with all of these permissions.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.permissions_all(["orders.read", "prices.read"]);
    /// ```
    pub fn permissions_all<'p>(&mut self, permissions: impl IntoIterator<Item = &'p str>) {
        self.access.all(Kind::Permission, permissions);
    }

    /// Requires a client that was granted at least one of these scopes.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.scopes(["orders", "orders:write"]);
    /// ```
    pub fn scopes<'s>(&mut self, scopes: impl IntoIterator<Item = &'s str>) {
        self.access.any(Kind::Scope, scopes);
    }

    /// Requires a client that was granted all of these scopes.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.scopes_all(["orders", "profile"]);
    /// ```
    pub fn scopes_all<'s>(&mut self, scopes: impl IntoIterator<Item = &'s str>) {
        self.access.all(Kind::Scope, scopes);
    }

    /// Requires a user with at least one of these claims, whatever its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.claims(["employee_id", "contractor_id"]);
    /// ```
    pub fn claims<'c>(&mut self, names: impl IntoIterator<Item = &'c str>) {
        self.access.any(Kind::ClaimName, names);
    }

    /// Requires a user with all of these claims, whatever their values.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.claims_all(["employee_id", "department"]);
    /// ```
    pub fn claims_all<'c>(&mut self, names: impl IntoIterator<Item = &'c str>) {
        self.access.all(Kind::ClaimName, names);
    }

    /// Requires a user whose claim of this name has one of these values. If the claim is a list,
    /// one of its elements must match. If this method is called for several claims, each of them
    /// must match.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.claim("tier", ["gold", "platinum"]);
    /// config.claim("region", ["eu"]);
    /// ```
    pub fn claim<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v str>) {
        self.access.any(Kind::Claim(name.to_owned()), values);
    }

    /// Requires a user whose claim of this name is a list that contains all of these values. If one
    /// value is required, the claim may also be that value itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.claim_all("groups", ["staff", "on-call"]);
    /// ```
    pub fn claim_all<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v str>) {
        self.access.all(Kind::Claim(name.to_owned()), values);
    }

    /// Requires that the policy returns `true` for the identity and the request head. The name
    /// appears in the route listing, in generated documents and in configuration errors. If the
    /// policy panics, the response is a 500.
    ///
    /// In `handle`, check conditions that depend on the bound request or need an `await`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
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

    /// Accepts only identities from the authentication schemes with these
    /// [names](crate::AuthenticationScheme::name). Default: all schemes of the host.
    ///
    /// Like every requirement, this requires an authenticated user even if an outer level admits
    /// anonymous users. Together with [`allow_anonymous`](Self::allow_anonymous), it is a
    /// configuration error. A ticket is accepted if the names include both the ticket scheme and
    /// the scheme that authenticated the user of the ticket.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.schemes(["bearer"]);
    /// ```
    pub fn schemes<'s>(&mut self, names: impl IntoIterator<Item = &'s str>) {
        let names = names.into_iter().map(str::to_owned);
        self.access.schemes.get_or_insert_default().extend(names);
    }

    /// Accepts a token in this query parameter, for the `EventSource` of browsers, which cannot set
    /// request headers. A further call replaces the parameter. Default: none.
    ///
    /// The host removes the parameter from the URI before layers and handlers read the request.
    /// Because proxies log URIs and browsers keep them in their history, prefer a cookie or a
    /// short-lived ticket.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/events");
    /// config.allow_query_token("access_token");
    /// ```
    pub fn allow_query_token(&mut self, field: &str) {
        self.access.query_token = Some(field.to_owned());
    }
}
