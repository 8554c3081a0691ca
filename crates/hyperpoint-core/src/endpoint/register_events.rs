//! The macro by which a derive registers the events of its endpoint.

/// Registers the events of an endpoint, which its derive knows by name.
#[cfg(feature = "contract")]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_events {
    ($endpoint:ty) => {
        const _: () = {
            use $crate::endpoint::{AnyEvents as _, TypedEvents as _, UntypedEvents as _};
            $crate::__inventory::submit! {
                $crate::endpoint::RegisteredEvents {
                    endpoint: ::core::any::TypeId::of::<$endpoint>,
                    events: |generator| {
                        let probe =
                            $crate::endpoint::Probe::<<$endpoint as $crate::Endpoint>::Response>::new();
                        (&&&&probe).streamed(generator)
                    },
                }
            }
        };
    };
}

/// Without the feature `contract`, nothing is registered.
#[cfg(not(feature = "contract"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_events {
    ($endpoint:ty) => {};
}
