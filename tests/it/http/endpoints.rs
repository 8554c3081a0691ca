//! A macro that writes small endpoints, for tests that need many.

/// Writes an endpoint without fields that is registered manually.
macro_rules! endpoint {
    (
        $(#[$doc:meta])*
        $name:ident: $request:ty => $response:ty;
        |$config:ident| $configure:block
        |$value:pat_param, $cx:ident| $handle:block
    ) => {
        $(#[$doc])*
        #[derive(hyperpoint::Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl hyperpoint::Endpoint for $name {
            type Request = $request;
            type Response = $response;

            fn configure($config: &mut hyperpoint::Config) $configure

            async fn handle(
                &self,
                $value: $request,
                $cx: hyperpoint::Cx<'_, Self>,
            ) -> hyperpoint::Result $handle
        }
    };
}

pub(crate) use endpoint;
