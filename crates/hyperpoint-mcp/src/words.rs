//! Settings of a tool from `configure`.

use hyperpoint_core::Config;

/// The settings of a tool from `configure`. The endpoint's configuration stores them as one value
/// of this type.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToolWords {
    pub(crate) name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) hints: Hints,
    pub(crate) result_event: Option<String>,
    /// The names of the headers that are arguments.
    pub(crate) headers: Vec<String>,
}

/// Hints about the effects of a tool, which a client may show to a user before it calls the tool.
/// An unset hint has the default of the endpoint's method, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) read_only: Option<bool>,
    pub(crate) destructive: Option<bool>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) open_world: Option<bool>,
}

impl ToolWords {
    /// Returns the tool settings of an endpoint, or `None` if it is not a tool.
    pub(crate) fn of(config: &Config) -> Option<&Self> {
        // The first level is that of the endpoint. No other level has settings: `OfferTool` is not
        // implemented for groups and hosts.
        config.values_by_level::<Self>().next().flatten()
    }
}
