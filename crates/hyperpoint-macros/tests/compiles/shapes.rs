//! Endpoints of every shape of struct.

use hyperpoint::prelude::*;

pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> u64;
}

pub(crate) struct Wall;

impl Clock for Wall {
    fn now(&self) -> u64 {
        12
    }
}

/// Writes the `impl Endpoint` of a struct; the tests depend on the shape of the struct alone.
macro_rules! answers_nothing {
    ($path:literal, $name:ty $(, $($generics:tt)*)?) => {
        impl $($($generics)*)? Endpoint for $name {
            type Request = ();
            type Response = ();

            at!($path);

            async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
                cx.send.no_content_async().await
            }
        }
    };
}

#[derive(Endpoint)]
struct Unit;

answers_nothing!("/shapes/unit", Unit);

/// Derives an endpoint whose field has a type from the caller of the macro.
macro_rules! with_field {
    ($name:ident, $field:ty) => {
        #[derive(Endpoint)]
        #[expect(dead_code, reason = "the test depends on its shape alone")]
        struct $name {
            field: $field,
        }
    };
}

with_field!(FromMacro, Arc<dyn Clock>);

answers_nothing!("/shapes/from-macro", FromMacro);

#[derive(Endpoint)]
struct EmptyBraces {}

answers_nothing!("/shapes/empty-braces", EmptyBraces);

#[derive(Endpoint)]
struct EmptyTuple();

answers_nothing!("/shapes/empty-tuple", EmptyTuple);

#[derive(Endpoint)]
struct Tuple(Arc<String>, Arc<Vec<u32>>);

impl Endpoint for Tuple {
    type Request = ();
    type Response = String;

    at!("/shapes/tuple");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(format!("{} {}", self.0, self.1.len())).await
    }
}

#[derive(Endpoint)]
struct TraitObject {
    clock: Arc<dyn Clock>,
}

impl Endpoint for TraitObject {
    type Request = ();
    type Response = u64;

    at!("/shapes/trait-object");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(self.clock.now()).await
    }
}

#[derive(Endpoint)]
struct StaticText;

impl Endpoint for StaticText {
    type Request = ();
    type Response = &'static str;

    at!("/shapes/static-text");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        tokio::task::yield_now().await;
        cx.send.ok_async("one").await
    }
}

#[derive(Endpoint)]
struct StaticTexts;

impl Endpoint for StaticTexts {
    type Request = ();
    type Response = Events<&'static str>;

    at!("/shapes/static-texts");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        tokio::task::yield_now().await;
        cx.send.event_stream_async("text", stream! { yield "one"; }).await
    }
}

/// A struct with doc comments, attributes, and a field whose name is a keyword.
#[derive(Clone, Debug, Endpoint)]
#[must_use]
#[repr(C)]
pub(crate) struct Attributed {
    /// A field with a doc comment.
    pub(crate) r#type: Arc<String>,
    #[cfg(any())]
    disabled: NoSuchType,
    type_b: Arc<String>,
    type_c: Arc<String>,
}

impl Endpoint for Attributed {
    type Request = ();
    type Response = String;

    at!("/shapes/attributed");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let text = format!("{}{}{}", self.r#type, self.type_b, self.type_c);
        cx.send.ok_async(text).await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
pub(crate) struct Listing<T = u32>
where
    T: Serialize + JsonSchema + Send + Sync + Clone + 'static,
{
    rows: Arc<Vec<T>>,
}

impl<T> Endpoint for Listing<T>
where
    T: Serialize + JsonSchema + Send + Sync + Clone + 'static,
{
    type Request = ();
    type Response = Vec<T>;

    at!("/shapes/listing");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(self.rows.to_vec()).await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
pub(crate) struct Window<const WIDTH: usize> {
    text: Arc<String>,
}

impl<const WIDTH: usize> Endpoint for Window<WIDTH> {
    type Request = ();
    type Response = Events<String>;

    at!("/shapes/window");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let stream = stream! {
            for window in self.text.as_bytes().windows(WIDTH) {
                yield format!("{window:?}");
            }
        };
        cx.send.event_stream_async("window", stream).await
    }
}

mod private {
    use hyperpoint::prelude::*;

    #[derive(Endpoint)]
    struct InAPrivateModule;

    answers_nothing!("/shapes/private", InAPrivateModule);
}

#[test]
fn an_endpoint_within_a_function_compiles() {
    #[derive(Endpoint)]
    struct InAFunction;

    answers_nothing!("/shapes/function", InAFunction);

    mod local {
        use hyperpoint::prelude::*;

        #[derive(Endpoint)]
        pub(super) struct InAModuleOfAFunction;

        answers_nothing!("/shapes/module-of-a-function", InAModuleOfAFunction);
    }

    let size = size_of::<InAFunction>() + size_of::<local::InAModuleOfAFunction>();
    assert_eq!(size, 0);
}
