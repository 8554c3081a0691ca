//! The error types that `?` converts in a handler, and statuses set with `or_problem`.

use std::error::Error;

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

#[derive(Endpoint)]
struct AnyError {
    text: Arc<String>,
}

impl AnyError {
    fn boxed(&self) -> Result<u32, Box<dyn Error + Send + Sync>> {
        Ok(self.text.parse()?)
    }

    fn text(&self) -> Result<u32, &'static str> {
        self.text.parse().map_err(|_unparsed| "not a number")
    }

    fn owned(&self) -> Result<u32, String> {
        self.text.parse().map_err(|_unparsed| format!("{} is not a number", self.text))
    }

    fn any(&self) -> anyhow::Result<u32> {
        anyhow::Context::context(self.text.parse(), "not a number")
    }
}

impl Endpoint for AnyError {
    type Request = ();
    type Response = Vec<u32>;

    at!("/errors/any");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let mut numbers = vec![self.boxed()?, self.text()?, self.owned()?, self.any()?];
        numbers.push(std::fs::read_to_string(&*self.text)?.parse()?);
        numbers.extend(serde_json::from_str::<Vec<u32>>(&self.text)?);
        let id: Uuid = self.text.parse()?;
        numbers.push(u32::from_be(id.as_fields().0));
        cx.send.ok_async(numbers).await
    }
}

#[derive(Endpoint)]
struct InPlace {
    text: Arc<String>,
}

impl Endpoint for InPlace {
    type Request = ();
    type Response = u32;

    at!("/errors/in-place");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let number: u32 = self.text.parse().or_problem(StatusCode::CONFLICT, "not a number")?;
        let first = self.text.lines().next();
        let first = first.or_problem(StatusCode::NOT_FOUND, "no line")?;
        let length = u32::try_from(first.len()).or_problem(StatusCode::GONE, "too long")?;
        anyhow::Ok(()).or_problem(StatusCode::GONE, "gone")?;
        cx.send.ok_async(number + length).await
    }
}

#[derive(Endpoint)]
struct InferredAnswer {
    text: Arc<String>,
}

impl Endpoint for InferredAnswer {
    type Request = ();
    type Response = Option<Vec<u64>>;

    at!("/errors/inferred-answer");

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        if self.text.is_empty() {
            return cx.send.ok_async(None).await;
        }
        let Ok(numbers) = serde_json::from_str(&self.text) else {
            return cx.send.not_found_async().await;
        };
        cx.send.response_async(StatusCode::CREATED, numbers).await
    }
}
