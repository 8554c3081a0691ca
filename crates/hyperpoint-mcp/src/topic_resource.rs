//! Options of a topic that is a resource.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use hyperpoint_core::{Config, GroupConfig, Settings};
use hyperpoint_topics::TopicName;

use crate::topic_source::TopicSource;

/// The options of a topic that is a resource. The access methods of [`Settings`] set who may read
/// the topic, and with it each of its events. Default: the access rules of the host's defaults or,
/// without them, any authenticated user. A client must also meet the access rules of the MCP
/// server.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Host, TopicName};
/// use hyperpoint_mcp::ServeMcp;
///
/// const PRICES: TopicName<f64> = TopicName::new("prices");
///
/// let host = Host::new().mcp(|mcp| {
///     mcp.topic(PRICES, |topic| {
///         topic.description("The prices of tea, the newest last.");
///         topic.newest(10);
///         topic.roles(["trader"]);
///     });
///     mcp.authenticated();
/// });
/// # drop(host);
/// ```
#[derive(Clone, Debug)]
pub struct TopicResource {
    pub(crate) source: TopicSource,
    pub(crate) uri: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) newest: usize,
    pub(crate) interval: Duration,
    settings: Settings,
}

impl TopicResource {
    pub(crate) fn new<T: 'static>(name: TopicName<T>) -> Self {
        let source = TopicSource::new(name);
        Self {
            uri: format!("topic:{}", source.name()),
            source,
            title: None,
            description: None,
            newest: 20,
            interval: Duration::from_secs(1),
            settings: Settings::default(),
        }
    }

    /// Sets the URI. An invalid URI, or one that another topic has, is a configuration error.
    /// Default: `topic:` and the name of the topic.
    pub fn uri(&mut self, uri: &str) {
        uri.clone_into(&mut self.uri);
    }

    /// Sets the title, for people. Default: unset.
    pub fn title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// Sets the description, for models. Default: unset.
    pub fn description(&mut self, text: &str) {
        self.description = Some(text.to_owned());
    }

    /// Sets the maximum number of events in the contents of the resource, from 1 to 1,000. Another
    /// value is a configuration error. Default: 20.
    pub fn newest(&mut self, events: usize) {
        self.newest = events;
    }

    /// Sets the minimum interval between two notifications of changes. Events within the interval
    /// are coalesced into one notification. Default: one second.
    pub fn interval(&mut self, time: Duration) {
        self.interval = time;
    }

    /// Returns the configuration with the access rules of the topic, within the defaults of the
    /// host.
    pub(crate) fn config_within(&self, defaults: &GroupConfig) -> Config {
        let mut config = Config::default();
        config.get("/");
        *config = self.settings.clone();
        config.within(defaults)
    }
}

impl Deref for TopicResource {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for TopicResource {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}
