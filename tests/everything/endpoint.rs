//! A macro that writes small endpoints.

/// Writes an endpoint that is added by hand.
macro_rules! endpoint {
    (
        $(#[$doc:meta])*
        $name:ident($request:ty) -> $response:ty $(, $check:ident)? { $($configure:tt)* }
        |$value:pat_param, $cx:ident| $handle:expr
    ) => {
        $(#[$doc])*
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl Endpoint for $name {
            type Request = $request;
            type Response = $response;

            fn configure(config: &mut Config) {
                let configure: fn(&mut Config) = $($configure)*;
                configure(config);
            }

            $(fn validate(&self, request: &$request, failures: &mut Failures) {
                failures.$check(request);
            })?

            async fn handle(&self, $value: $request, $cx: Cx<'_, Self>) -> Result {
                $handle
            }
        }
    };
}
pub(super) use endpoint;
