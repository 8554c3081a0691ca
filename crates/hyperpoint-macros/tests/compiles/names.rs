//! Names of the user and of other crates that clash with names of the derive or the prelude.

/// Defines something else under each relative name that generated code could use.
mod hostile {
    use ::hyperpoint::prelude::{Config, Cx, Endpoint, Result};
    use ::std::sync::Arc;

    mod core {}
    mod std {}
    mod hyperpoint {}
    mod inventory {}
    #[expect(dead_code, reason = "the test depends on its name alone")]
    struct Option;
    #[expect(dead_code, reason = "the test depends on its name alone")]
    struct Some;
    #[expect(dead_code, reason = "the test depends on its name alone")]
    struct None;

    #[derive(Endpoint)]
    struct Registration {
        resolver: Arc<::std::string::String>,
        field_1: Arc<::std::string::String>,
    }

    impl Endpoint for Registration {
        type Request = ();
        type Response = ::std::string::String;

        at!("/names/hostile");

        async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
            let text = ::std::format!("{}{}", self.resolver, self.field_1);
            cx.send.ok_async(text).await
        }
    }
}

mod beside_std_result {
    use std::result::Result;

    use hyperpoint::prelude::*;

    #[derive(Endpoint)]
    struct BesideStdResult;

    impl Endpoint for BesideStdResult {
        type Request = ();
        type Response = ();

        at!("/names/std-result");

        async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result<Sent, Problem> {
            cx.send.ok_async(()).await
        }
    }
}

mod beside_anyhow {
    use anyhow::{Context, Result, anyhow, bail};
    use hyperpoint::prelude::*;

    #[derive(Endpoint)]
    struct BesideAnyhow {
        text: Arc<String>,
    }

    impl BesideAnyhow {
        fn number(&self) -> Result<u32> {
            if self.text.is_empty() {
                bail!("no text");
            }
            let number: u32 = self.text.parse().context("not a number")?;
            number.checked_add(1).ok_or_else(|| anyhow!("too large"))
        }
    }

    impl Endpoint for BesideAnyhow {
        type Request = ();
        type Response = u32;

        at!("/names/anyhow");

        async fn handle(&self, (): (), cx: Cx<'_, Self>) -> hyperpoint::Result {
            let number = self.number().context("of the endpoint")?;
            cx.send.ok_async(number).await
        }
    }
}

mod beside_globs {
    use futures_util::*;
    use hyperpoint::prelude::*;
    use serde_json::{Value, json};

    #[derive(Endpoint)]
    struct BesideGlobs;

    impl Endpoint for BesideGlobs {
        type Request = ();
        type Response = Events<Value>;

        at!("/names/globs");

        async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
            let stream = stream::iter(0..3).map(|number| json!({ "n": number }));
            cx.send.event_stream_async("number", stream).await
        }
    }
}
