//! The page with Datastar: it reads event streams with `fetch`, and merges the elements and signals of
//! their events into the page.

use hyperpoint::prelude::*;

use super::htmx::Vote;
use super::scripts::Scripts;
use crate::datastar::PatchSignals;
use crate::poll::{Drink, Poll};

/// `GET /datastar`: the page.
#[derive(Endpoint)]
pub struct DatastarPage {
    poll: Arc<Poll>,
    scripts: Arc<Scripts>,
}

impl Endpoint for DatastarPage {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/datastar");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let rows = Drink::ALL.map(|drink| {
            let (name, element) = (drink.name(), self.poll.element(drink));
            format!(
                "<li><button data-on:click=\"@post('/datastar/votes/{name}')\" data-testid=\"vote-{name}\">{name}</button> {element}</li>"
            )
        });
        let page = include_str!("datastar.html")
            .replace("<!-- scripts -->", &self.scripts.elements(&["datastar.js"]))
            .replace("<!-- rows -->", &rows.join("\n"));
        cx.send.bytes_async(page, "text/html; charset=utf-8").await
    }
}

/// `GET /datastar/counts`: the fragments, from the newest of each drink on. It has the rules for
/// `EventSource`, as any GET: Datastar ignores events of other names, such as `ready`, and keeps their
/// ids, so that it resumes.
#[derive(Endpoint)]
pub struct DatastarCounts {
    poll: Arc<Poll>,
}

impl Endpoint for DatastarCounts {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/datastar/counts");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let all = async |_gap| Ok(Drink::ALL.map(|drink| self.poll.datastar(drink)).to_vec());
        cx.send.topic_async(&self.poll.for_datastar()).history(usize::MAX).snapshot(all).await
    }
}

/// The signals of the page.
#[derive(Serialize)]
struct Signals {
    mine: Drink,
}

/// `POST /datastar/votes/{drink}`: counts a vote, and answers with an event that sets a signal of this
/// page alone.
#[derive(Endpoint)]
pub struct DatastarVote {
    poll: Arc<Poll>,
}

impl Endpoint for DatastarVote {
    type Request = Vote;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.post("/datastar/votes/{drink}");
        config.allow_anonymous();
    }

    async fn handle(&self, vote: Vote, cx: Cx<'_, Self>) -> Result {
        self.poll.vote(vote.drink).await?;
        let signals = PatchSignals::new(&Signals { mine: vote.drink })?;
        cx.send.stream_items_async(stream! { yield signals.item(); }).await
    }
}
