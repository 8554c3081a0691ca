//! The poll: the votes, and the fragments of HTML that show them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyperpoint::prelude::*;

use crate::datastar::PatchElements;

/// For htmx: the name of each event is that of its drink, and its data is the content of the element.
const FOR_HTMX: TopicName<StreamItem> = TopicName::new("poll/htmx");

/// For Datastar: elements that it merges into the page by their ids.
const FOR_DATASTAR: TopicName<StreamItem> = TopicName::new("poll/datastar");

/// What one may vote for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Drink {
    /// Tea.
    Tea,
    /// Coffee.
    Coffee,
    /// Water.
    Water,
}

impl Drink {
    /// All of them, in the order of the pages.
    pub const ALL: [Self; 3] = [Self::Tea, Self::Coffee, Self::Water];

    /// Returns its name in lower case: that of its events, and the id of its element.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tea => "tea",
            Self::Coffee => "coffee",
            Self::Water => "water",
        }
    }

    fn event(self) -> EventName {
        const TEA: EventName = EventName::from_static(Drink::Tea.name());
        const COFFEE: EventName = EventName::from_static(Drink::Coffee.name());
        const WATER: EventName = EventName::from_static(Drink::Water.name());
        match self {
            Self::Tea => TEA,
            Self::Coffee => COFFEE,
            Self::Water => WATER,
        }
    }
}

/// The votes, and the topics on which they are published.
#[derive(Debug, Default)]
pub struct Poll {
    votes: Mutex<HashMap<Drink, u32>>,
    /// Held from a vote to its events, so that the newest event shows the newest count.
    publishing: tokio::sync::Mutex<()>,
    topics: Topics,
}

impl Poll {
    /// Counts a vote, and publishes the fragments that show it.
    ///
    /// # Errors
    ///
    /// An error if a topic does not accept the event.
    pub async fn vote(&self, drink: Drink) -> Result<()> {
        let _publishing = self.publishing.lock().await;
        self.add(drink);
        let (topic, item) = (self.for_htmx(), self.htmx(drink));
        topic.publish_item(&item).key(drink.name()).await?;
        let (topic, item) = (self.for_datastar(), self.datastar(drink));
        topic.publish_item(&item).key(drink.name()).await?;
        Ok(())
    }

    /// Returns the fragments for htmx.
    pub fn for_htmx(&self) -> Topic<StreamItem> {
        self.topics.topic(FOR_HTMX)
    }

    /// Returns the fragments for Datastar.
    pub fn for_datastar(&self) -> Topic<StreamItem> {
        self.topics.topic(FOR_DATASTAR)
    }

    /// Returns the event for htmx that shows the votes for this drink.
    pub fn htmx(&self, drink: Drink) -> StreamItem {
        StreamItem::text(self.count(drink)).named(drink.event())
    }

    /// Returns the event for Datastar that shows the votes for this drink.
    pub fn datastar(&self, drink: Drink) -> StreamItem {
        PatchElements::new(self.element(drink)).item()
    }

    /// Returns the element that shows the votes. A fragment with text of users needs a template engine
    /// that escapes it.
    pub fn element(&self, drink: Drink) -> String {
        let (name, count) = (drink.name(), self.count(drink));
        format!("<output id=\"{name}\" data-testid=\"{name}\">{count}</output>")
    }

    fn count(&self, drink: Drink) -> String {
        match self.votes(drink) {
            1 => "1 vote".to_owned(),
            votes => format!("{votes} votes"),
        }
    }

    fn add(&self, drink: Drink) {
        let mut votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        *votes.entry(drink).or_default() += 1;
    }

    fn votes(&self, drink: Drink) -> u32 {
        let votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        votes.get(&drink).copied().unwrap_or(0)
    }
}
