//! What endpoints are built from: services registered by type, resolved once at start-up.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The services of one host, each found by its type.
#[derive(Default)]
pub struct Services(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Services {
    /// Registers a service. A later one of the same type replaces it. `T` may be a trait:
    /// an `Arc<dyn Clock>` is found as `Arc<dyn Clock>`.
    pub fn add<T: ?Sized + Send + Sync + 'static>(&mut self, service: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), Box::new(service));
    }

    /// The service of this type, if one is registered.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref::<Arc<T>>().cloned()
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Services").field(&self.0.len()).finish()
    }
}

/// Resolves the fields of one endpoint, and notes what is missing.
#[derive(Debug)]
pub struct Resolver<'a> {
    services: &'a Services,
    missing: Vec<String>,
}

impl<'a> Resolver<'a> {
    /// A resolver over these services, with nothing missing yet.
    #[must_use]
    pub fn new(services: &'a Services) -> Self {
        Self { services, missing: Vec::new() }
    }

    /// The value for a field of this name, or nothing, noted as missing.
    pub fn field<D: Dependency>(&mut self, name: &str) -> Option<D> {
        let found = D::resolve(self.services);
        if found.is_none() {
            self.missing.push(format!(
                "field `{name}` needs a service `{}`, which is not registered; \
                 add `.service(…)` with one to the host",
                type_name::<D>(),
            ));
        }
        found
    }

    /// What was missing, a sentence each.
    #[must_use]
    pub fn into_missing(self) -> Vec<String> {
        self.missing
    }
}

/// A type that a field of an endpoint may have: a service, resolved once at start-up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a service of an endpoint",
    label = "not a service",
    note = "write `Arc<{Self}>`, and register one with `Host::service(Arc::new(…))`"
)]
pub trait Dependency: Sized {
    /// The registered value, if there is one.
    fn resolve(services: &Services) -> Option<Self>;
}

impl<T: ?Sized + Send + Sync + 'static> Dependency for Arc<T> {
    fn resolve(services: &Services) -> Option<Self> {
        services.get::<T>()
    }
}

/// Builds an endpoint or a processor from the registered services. Derived with
/// `#[derive(Endpoint)]` for an endpoint, with `#[derive(FromServices)]` for a processor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` lacks its derive",
    label = "neither built from services nor registered",
    note = "write `#[derive(Endpoint)]` above `struct {Self}`, or `#[derive(FromServices)]` where it \
            is a processor"
)]
pub trait FromServices: Sized {
    /// Where the endpoint is declared, for reports.
    const DECLARED: Declared;

    /// The endpoint, or nothing where a field could not be resolved.
    fn from_services(resolver: &mut Resolver<'_>) -> Option<Self>;
}

/// The place of a declaration in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    trait Clock: Send + Sync {}
    struct Wall;
    impl Clock for Wall {}

    #[test]
    fn a_service_is_found_by_its_type_also_behind_a_trait() {
        let mut services = Services::default();
        services.add(Arc::new(7_u32));
        services.add::<dyn Clock>(Arc::new(Wall));
        assert_eq!(services.get::<u32>().as_deref(), Some(&7));
        assert!(services.get::<dyn Clock>().is_some());
        assert!(services.get::<Wall>().is_none());
    }

    #[test]
    fn every_missing_field_is_told() {
        let services = Services::default();
        let mut resolver = Resolver::new(&services);
        assert!(resolver.field::<Arc<u32>>("count").is_none());
        assert!(resolver.field::<Arc<String>>("name").is_none());
        let missing = resolver.into_missing();
        insta::assert_snapshot!(missing.join("\n"), @r"
        field `count` needs a service `alloc::sync::Arc<u32>`, which is not registered; add `.service(…)` with one to the host
        field `name` needs a service `alloc::sync::Arc<alloc::string::String>`, which is not registered; add `.service(…)` with one to the host
        ");
    }
}
