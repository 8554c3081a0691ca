//! The events that Datastar understands, as its SDKs write them: elements that it merges into the page,
//! signals that it sets, and scripts that it runs. An id and a `retry` are set on the [`StreamItem`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hyperpoint::prelude::*;
use serde_json::Value;

const ELEMENTS: EventName = EventName::from_static("datastar-patch-elements");
const SIGNALS: EventName = EventName::from_static("datastar-patch-signals");

/// Elements that are merged into the page, by their ids or by a selector.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct PatchElements {
    /// The elements, as HTML.
    pub elements: String,
    /// A CSS selector of the target. Default: the element with the id of each new one.
    pub selector: Option<String>,
    /// What becomes of the target.
    pub mode: PatchMode,
    /// Whether the browser animates the change (View Transition API).
    pub use_view_transition: bool,
}

/// What becomes of the target of new elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PatchMode {
    /// It becomes the new element; what is equal in both stays.
    #[default]
    Outer,
    /// Its content becomes the new elements; what is equal in both stays.
    Inner,
    /// It is replaced.
    Replace,
    /// The elements become its first children.
    Prepend,
    /// The elements become its last children.
    Append,
    /// The elements are put before it.
    Before,
    /// The elements are put after it.
    After,
    /// It is removed.
    Remove,
}

/// Signals of the page that are set; `null` removes one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct PatchSignals {
    /// The signals: JSON as text, or an object.
    pub signals: Value,
    /// Whether signals that the page has are left as they are.
    pub only_if_missing: bool,
}

/// A script that the page runs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ExecuteScript {
    /// The script.
    pub script: String,
    /// Attributes of its element.
    pub attributes: BTreeMap<String, String>,
    /// Whether its element is removed after it ran. Default: true.
    pub auto_remove: Option<bool>,
}

impl PatchMode {
    fn name(self) -> &'static str {
        match self {
            Self::Outer => "outer",
            Self::Inner => "inner",
            Self::Replace => "replace",
            Self::Prepend => "prepend",
            Self::Append => "append",
            Self::Before => "before",
            Self::After => "after",
            Self::Remove => "remove",
        }
    }
}

impl PatchElements {
    /// Creates the patch of elements that have ids.
    pub fn new(elements: impl Into<String>) -> Self {
        Self { elements: elements.into(), ..Self::default() }
    }

    /// Returns the event.
    #[must_use]
    pub fn item(&self) -> StreamItem {
        let mut lines = Lines::default();
        if let Some(selector) = &self.selector {
            lines.add("selector", selector);
        }
        if self.mode != PatchMode::Outer {
            lines.add("mode", self.mode.name());
        }
        if self.use_view_transition {
            lines.add("useViewTransition", "true");
        }
        if !self.elements.is_empty() {
            lines.add("elements", &self.elements);
        }
        lines.item(ELEMENTS)
    }
}

impl PatchSignals {
    /// Creates the patch of the fields of `signals`.
    ///
    /// # Errors
    ///
    /// An error if `signals` does not serialize.
    pub fn new(signals: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self { signals: serde_json::to_value(signals)?, only_if_missing: false })
    }

    /// Returns the event.
    #[must_use]
    pub fn item(&self) -> StreamItem {
        let mut lines = Lines::default();
        if self.only_if_missing {
            lines.add("onlyIfMissing", "true");
        }
        match &self.signals {
            Value::String(json) => lines.add("signals", json),
            object => lines.add("signals", &object.to_string()),
        }
        lines.item(SIGNALS)
    }
}

impl ExecuteScript {
    /// Returns the event.
    #[must_use]
    pub fn item(&self) -> StreamItem {
        let mut element = "<script".to_owned();
        for (name, value) in &self.attributes {
            // Writing into a string does not fail.
            let _ = write!(
                element,
                " {name}=\"{}\"",
                value.replace('&', "&amp;").replace('"', "&quot;")
            );
        }
        if self.auto_remove.unwrap_or(true) {
            element.push_str(" data-effect=\"el.remove()\"");
        }
        let _ = write!(element, ">{}</script>", self.script);
        let (selector, mode) = (Some("body".to_owned()), PatchMode::Append);
        PatchElements { elements: element, selector, mode, use_view_transition: false }.item()
    }
}

/// The data of an event: lines that begin with a word.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn add(&mut self, word: &str, value: &str) {
        self.0.extend(value.split('\n').map(|line| format!("{word} {line}")));
    }

    fn item(self, name: EventName) -> StreamItem {
        StreamItem::text(self.0.join("\n")).named(name)
    }
}
