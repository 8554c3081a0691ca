//! The processors of a host, each built once.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use hyperpoint_core::processor::{PostProcessor, PreProcessor, ProcessorRef, Processors};
use hyperpoint_core::services::{Resolver, Services};
use hyperpoint_core::{Config, Declared};

/// The processors that were built for a host, with `None` for one that could not be built.
#[derive(Default)]
pub(super) struct ProcessorCache {
    pre: HashMap<TypeId, Option<Arc<dyn PreProcessor>>>,
    post: HashMap<TypeId, Option<Arc<dyn PostProcessor>>>,
    /// The configuration errors for missing services, each with the processor's type, file and
    /// line.
    pub(super) errors: Vec<String>,
}

impl ProcessorCache {
    /// Returns the processors of an endpoint. Builds the processors that are not built yet.
    pub(super) fn of(&mut self, config: &Config, services: &Services) -> Processors {
        let Self { pre, post, errors } = self;
        let mut get = |known: &ProcessorRef<_>| get(pre, errors, known, services);
        let pre = config.pre_processors().iter().filter_map(&mut get).collect();
        let mut get = |known: &ProcessorRef<_>| self::get(post, errors, known, services);
        let post = config.post_processors().iter().filter_map(&mut get).collect();
        Processors { pre, post }
    }
}

/// Returns a processor from the map, or builds it. Returns `None` if it cannot be built.
fn get<P: ?Sized>(
    built: &mut HashMap<TypeId, Option<Arc<P>>>,
    errors: &mut Vec<String>,
    processor: &ProcessorRef<P>,
    services: &Services,
) -> Option<Arc<P>> {
    let make = || {
        let mut resolver = Resolver::new(services);
        let made = processor.build(&mut resolver);
        let Declared { file, line } = processor.declared;
        let located = |text| format!("`{}` ({file}:{line}): {text}", processor.type_name);
        errors.extend(resolver.into_missing().into_iter().map(located));
        made
    };
    built.entry(processor.type_id).or_insert_with(make).clone()
}
