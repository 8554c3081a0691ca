//! What `configure` says of a tool.

use hyperpoint_core::Config;

/// What `configure` says of a tool. The configuration holds it as one value of this type.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToolWords {
    pub(crate) name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) hints: Hints,
    pub(crate) result_event: Option<String>,
    /// The headers that are arguments.
    pub(crate) headers: Vec<String>,
}

/// What a client may tell a user before it calls a tool. Unset: as the method of the endpoint says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) read_only: Option<bool>,
    pub(crate) destructive: Option<bool>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) open_world: Option<bool>,
}

impl ToolWords {
    /// Returns what an endpoint says of its tool, or `None` if it is none.
    pub(crate) fn of(config: &Config) -> Option<&Self> {
        // Groups and hosts cannot say it: `OfferTool` is implemented for endpoints alone.
        config.values_by_level::<Self>().next().flatten()
    }
}
