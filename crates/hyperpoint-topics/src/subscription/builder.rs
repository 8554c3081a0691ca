//! The options of a subscription.

use std::sync::Arc;

use super::gap::{Gap, OnLag};
use super::subscription::Subscription;
use crate::event::TopicEvent;
use crate::log::LagSelection;
use crate::topic_set::Subscribe;
use crate::topics::Topics;

impl Subscription {
    /// Creates a subscription to one topic, or to a set of topics.
    pub fn to<T>(topics: &(impl Subscribe<T> + ?Sized)) -> Self {
        let (node, topics) = topics.topics().into_parts().unwrap_or_else(Topics::none);
        Self::new(node, topics)
    }

    /// Selects the events for which `wants` returns true. `wants` is called for each event and each
    /// subscriber while the events of the topic are locked, so it must be fast. Default: every
    /// event.
    #[must_use]
    pub fn filter(
        mut self,
        wants: impl Fn(&TopicEvent<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.criteria.filter = Some(Arc::new(wants));
        self
    }

    /// Starts a new subscription with up to `count` recent events of each topic, as far as this
    /// node keeps them. With [`OnLag::Conflate`], the newest event of each of up to `count` keys
    /// comes first, if a backplane keeps these events; if they exceed about 256 KiB, up to twice as
    /// many keys, or all keys if `count` is more than 8,192. Ignored if the subscription resumes.
    /// Default: 0.
    #[must_use]
    pub fn history(mut self, count: usize) -> Self {
        if let Some(start) = &mut self.start {
            start.history = count;
        }
        self
    }

    /// Sets the policy for a client that reads more slowly than events are published.
    /// Default: [`OnLag::Gap`] on the embedded log, [`OnLag::Resume`] with a backplane.
    #[must_use]
    pub fn on_lag(mut self, on_lag: OnLag) -> Self {
        self.on_lag = on_lag;
        self.criteria.selection = match on_lag {
            OnLag::Gap | OnLag::Resume => LagSelection::All,
            OnLag::Latest => LagSelection::Newest,
            OnLag::Conflate => LagSelection::NewestPerKey,
        };
        self
    }

    /// Calls `observe` with each [`Gap`], before the subscriber is notified of it. It is called
    /// while the stream is polled, so it must be fast. Default: unset.
    #[must_use]
    pub fn on_gap(mut self, observe: impl FnMut(&Gap) + Send + 'static) -> Self {
        self.gaps.get_or_insert_default().on_gap = Some(Box::new(observe));
        self
    }

    /// Pauses after each event `gap`, so that the caller can send a snapshot: the current state,
    /// which the events of the topic change. Default: disabled; the subscription continues with the
    /// events that are still kept.
    ///
    /// The source then ends with [`FrameEnd::Paused`](hyperpoint_sse::stream::FrameEnd::Paused).
    /// Call [`take_gap`](Self::take_gap), then
    /// [`resume_after_snapshot`](Self::resume_after_snapshot), and poll the source again.
    #[must_use]
    pub fn pause_at_gaps(mut self) -> Self {
        self.has_snapshot = true;
        self
    }
}
