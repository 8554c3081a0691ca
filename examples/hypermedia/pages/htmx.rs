//! The page with htmx: its extension for event streams reads a stream with `EventSource`, and replaces
//! the content of the element that names an event.

use hyperpoint::prelude::*;

use super::scripts::Scripts;
use crate::poll::{Drink, Poll};

/// `GET /htmx`: the page.
#[derive(Endpoint)]
pub struct HtmxPage {
    poll: Arc<Poll>,
    scripts: Arc<Scripts>,
}

impl Endpoint for HtmxPage {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/htmx");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let rows = Drink::ALL.map(|drink| {
            let (name, element) = (drink.name(), self.poll.element(drink));
            let element = element.replacen("<output", &format!("<output sse-swap=\"{name}\""), 1);
            format!(
                "<li><button hx-post=\"/htmx/votes/{name}\" hx-swap=\"none\" data-testid=\"vote-{name}\">{name}</button> {element}</li>"
            )
        });
        let page = include_str!("htmx.html")
            .replace("<!-- scripts -->", &self.scripts.elements(&["htmx.min.js", "sse.min.js"]))
            .replace("<!-- rows -->", &rows.join("\n"));
        cx.send.bytes_async(page, "text/html; charset=utf-8").await
    }
}

/// `GET /htmx/counts`: the fragments, from the newest of each drink on.
#[derive(Endpoint)]
pub struct HtmxCounts {
    poll: Arc<Poll>,
}

impl Endpoint for HtmxCounts {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/htmx/counts");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let all = async |_gap| Ok(Drink::ALL.map(|drink| self.poll.htmx(drink)).to_vec());
        cx.send.topic_async(&self.poll.for_htmx()).history(usize::MAX).snapshot(all).await
    }
}

/// A vote.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Vote {
    /// For this drink.
    pub drink: Drink,
}

/// `POST /htmx/votes/{drink}`: counts a vote. The page sees it by the stream.
#[derive(Endpoint)]
pub struct HtmxVote {
    poll: Arc<Poll>,
}

impl Endpoint for HtmxVote {
    type Request = Vote;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/htmx/votes/{drink}");
        config.allow_anonymous();
    }

    async fn handle(&self, vote: Vote, cx: Cx<'_, Self>) -> Result {
        self.poll.vote(vote.drink).await?;
        cx.send.no_content_async().await
    }
}
