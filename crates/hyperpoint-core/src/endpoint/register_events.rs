//! The macro that `#[derive(Endpoint)]` uses to register the events of an endpoint.

/// Registers the events that an endpoint streams.
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

/// Expands to nothing, because the feature `contract` is disabled.
#[cfg(not(feature = "contract"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_events {
    ($endpoint:ty) => {};
}
