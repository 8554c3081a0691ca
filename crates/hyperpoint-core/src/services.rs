//! Services: the values from which endpoints and processors are built, registered by type and
//! resolved once at start-up.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The services of one host, by type.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::Services;
///
/// let mut services = Services::default();
/// services.add(Arc::new("Hello".to_owned()));
/// assert_eq!(*services.get::<String>().unwrap(), "Hello");
/// ```
#[derive(Default)]
pub struct Services(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Services {
    /// Registers a service. Replaces an earlier service of the same type. `T` may be a trait object
    /// type: a service added as `dyn Clock` is found as `Arc<dyn Clock>`, but not as an `Arc` of
    /// its concrete type.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use hyperpoint::Services;
    ///
    /// trait Clock: Send + Sync {}
    /// struct SystemClock;
    /// impl Clock for SystemClock {}
    ///
    /// let mut services = Services::default();
    /// services.add::<dyn Clock>(Arc::new(SystemClock));
    /// assert!(services.get::<dyn Clock>().is_some());
    /// ```
    pub fn add<T: ?Sized + Send + Sync + 'static>(&mut self, service: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), Box::new(service));
    }

    /// Returns the service of this type, if one is registered.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Services;
    ///
    /// assert!(Services::default().get::<String>().is_none());
    /// ```
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

/// Resolves the fields of one endpoint or processor, and records the missing services.
#[derive(Debug)]
pub struct Resolver<'a> {
    services: &'a Services,
    missing: Vec<String>,
}

impl<'a> Resolver<'a> {
    /// Creates a resolver for these services.
    #[must_use]
    pub fn new(services: &'a Services) -> Self {
        Self { services, missing: Vec::new() }
    }

    /// Returns the value for the field with this name. If the service is missing, records an error
    /// message and returns `None`.
    pub fn field<D: Dependency>(&mut self, name: &str) -> Option<D> {
        let found = D::resolve(self.services);
        if found.is_none() {
            self.missing.push(format!(
                "missing service `{}` for field `{name}`; register one with `Host::service`",
                type_name::<D>(),
            ));
        }
        found
    }

    /// Returns one error message for each missing service.
    #[must_use]
    pub fn into_missing(self) -> Vec<String> {
        self.missing
    }
}

/// A type that a field of an endpoint or a processor can have. Its value is obtained from the
/// registered services once, at start-up.
///
/// `Arc<T>` implements this trait, and resolves to the registered service of type `T`.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::{Dependency, Services};
///
/// struct Store;
///
/// /// Resolves to a client of the registered store.
/// struct StoreClient(Arc<Store>);
///
/// impl Dependency for StoreClient {
///     fn resolve(services: &Services) -> Option<Self> {
///         services.get::<Store>().map(Self)
///     }
/// }
/// # let _ = |client: StoreClient| client.0;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a service of an endpoint",
    label = "not a service",
    note = "write `Arc<{Self}>`, and register one with `Host::service(Arc::new(…))`"
)]
pub trait Dependency: Sized {
    /// Returns the value, or `None` if a service that it needs is not registered.
    fn resolve(services: &Services) -> Option<Self>;
}

impl<T: ?Sized + Send + Sync + 'static> Dependency for Arc<T> {
    fn resolve(services: &Services) -> Option<Self> {
        services.get::<T>()
    }
}

/// A type that is built from the registered services: an endpoint or a processor. Derive it with
/// `#[derive(Endpoint)]` for an endpoint, with `#[derive(FromServices)]` for a processor.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::FromServices;
///
/// struct Store;
///
/// #[derive(FromServices)]
/// struct LoadTenant {
///     store: Arc<Store>,
/// }
/// # let _ = |processor: LoadTenant| processor.store;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` lacks `#[derive(Endpoint)]` or `#[derive(FromServices)]`",
    label = "cannot be built from services",
    note = "write `#[derive(Endpoint)]` above `struct {Self}`, or `#[derive(FromServices)]` if it \
            is a processor"
)]
pub trait FromServices: Sized {
    /// The source location of the declaration, for error reports.
    const DECLARED: Declared;

    /// The doc comment of the type, or `None` if it has none.
    #[doc(hidden)]
    const DOCS: Option<&'static str> = None;

    /// Builds the value, or returns `None` if a service is missing, which the resolver records.
    fn from_services(resolver: &mut Resolver<'_>) -> Option<Self>;
}

/// The source location of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// The source file, as in the compiler's output.
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
    fn a_service_is_found_by_its_type_or_trait() {
        let mut services = Services::default();
        services.add(Arc::new(7_u32));
        services.add::<dyn Clock>(Arc::new(Wall));
        assert_eq!(services.get::<u32>().as_deref(), Some(&7));
        assert!(services.get::<dyn Clock>().is_some());
        assert!(services.get::<Wall>().is_none());
    }

    #[test]
    fn every_missing_service_is_reported() {
        let services = Services::default();
        let mut resolver = Resolver::new(&services);
        assert!(resolver.field::<Arc<u32>>("count").is_none());
        assert!(resolver.field::<Arc<String>>("name").is_none());
        let missing = resolver.into_missing();
        insta::assert_snapshot!(missing.join("\n"), @r"
        missing service `alloc::sync::Arc<u32>` for field `count`; register one with `Host::service`
        missing service `alloc::sync::Arc<alloc::string::String>` for field `name`; register one with `Host::service`
        ");
    }
}
