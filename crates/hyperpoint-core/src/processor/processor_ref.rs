//! References to processor types, from which a host builds the processors.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use super::post::PostProcessor;
use super::pre::PreProcessor;
use crate::services::{Declared, FromServices, Resolver};

/// A reference to a processor type: its name, its source location, and a function that builds it.
pub struct ProcessorRef<P: ?Sized> {
    /// The source location of the processor's declaration.
    pub declared: Declared,
    /// The full name of the type.
    pub type_name: &'static str,
    /// The id of the type.
    pub type_id: TypeId,
    build: fn(&mut Resolver<'_>) -> Option<Arc<P>>,
}

impl ProcessorRef<dyn PreProcessor> {
    pub(crate) fn pre<P: PreProcessor + FromServices>() -> Self {
        Self::of::<P>(|resolver| Some(Arc::new(P::from_services(resolver)?)))
    }
}

impl ProcessorRef<dyn PostProcessor> {
    pub(crate) fn post<P: PostProcessor + FromServices>() -> Self {
        Self::of::<P>(|resolver| Some(Arc::new(P::from_services(resolver)?)))
    }
}

impl<D: ?Sized> ProcessorRef<D> {
    fn of<P: FromServices + 'static>(build: fn(&mut Resolver<'_>) -> Option<Arc<D>>) -> Self {
        let (type_name, type_id) = (type_name::<P>(), TypeId::of::<P>());
        Self { declared: P::DECLARED, type_name, type_id, build }
    }

    /// Builds the processor from services. Returns `None` if a service is missing; the resolver
    /// records the missing service.
    #[must_use]
    pub fn build(&self, resolver: &mut Resolver<'_>) -> Option<Arc<D>> {
        (self.build)(resolver)
    }
}

impl<P: ?Sized> Clone for ProcessorRef<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: ?Sized> Copy for ProcessorRef<P> {}

impl<P: ?Sized> fmt::Debug for ProcessorRef<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessorRef").field(&self.type_name).finish()
    }
}
