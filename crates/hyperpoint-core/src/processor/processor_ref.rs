//! A processor that was named, before it is built.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use super::post::PostProcessor;
use super::pre::PreProcessor;
use crate::services::{Declared, FromServices, Resolver};

/// A processor that was named: its type's name and place, and how to build it.
pub struct ProcessorRef<P: ?Sized> {
    /// Where the processor is declared.
    pub declared: Declared,
    /// The full name of its type.
    pub type_name: &'static str,
    /// Its type.
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

    /// The processor, built from services; nothing where one is missing, which the resolver notes.
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
