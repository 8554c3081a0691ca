//! Pages of lists, and the cursors of their next pages (MCP, Pagination).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::request::Request;
use crate::rpc::{INVALID_PARAMS, RpcError};

/// The prefix of a decoded cursor with the index of an entry of the host.
const OF_HOST: &str = "host:";
/// The prefix of a decoded cursor that contains a cursor of the handler.
const OF_HANDLER: &str = "handler:";

/// The position at which a page begins. The entries of the host come first, then those of the
/// handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageStart {
    /// The index of an entry of the host in the order of declaration, which is the same for all
    /// callers and nodes.
    Host(usize),
    /// A cursor of the handler.
    Handler(String),
}

impl PageStart {
    /// Returns the position that the `cursor` of a request identifies, or the first position
    /// without a cursor.
    ///
    /// # Errors
    ///
    /// The error for a cursor that is not from this server.
    pub(crate) fn of(request: &Request) -> Result<Self, RpcError> {
        match request.params.get("cursor") {
            None => Ok(Self::Host(0)),
            Some(cursor) => cursor.as_str().and_then(Self::decoded).ok_or_else(unknown_cursor),
        }
    }

    fn decoded(cursor: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        match text.strip_prefix(OF_HOST) {
            Some(index) => index.parse().ok().map(Self::Host),
            None => text.strip_prefix(OF_HANDLER).map(|cursor| Self::Handler(cursor.to_owned())),
        }
    }

    /// Returns the cursor of this position.
    pub(crate) fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(match self {
            Self::Host(index) => format!("{OF_HOST}{index}"),
            Self::Handler(cursor) => format!("{OF_HANDLER}{cursor}"),
        })
    }
}

/// One page of the entries of the host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<T>,
    /// The index of the first entry of the next page, or `None` on the last page.
    pub(crate) next: Option<usize>,
}

impl<T> Page<T> {
    /// Returns a page without entries, which is the last one.
    pub(crate) fn empty() -> Self {
        Self { entries: Vec::new(), next: None }
    }

    /// Creates a page of at most `size` entries from the entries that a caller may see, each with
    /// its index.
    pub(crate) fn new(visible: impl IntoIterator<Item = (usize, T)>, size: usize) -> Self {
        let mut visible = visible.into_iter();
        let entries = visible.by_ref().take(size).map(|(_, entry)| entry).collect();
        Self { entries, next: visible.next().map(|(index, _)| index) }
    }
}

/// Returns the error for a cursor that is not from this server.
pub(crate) fn unknown_cursor() -> RpcError {
    RpcError::new(INVALID_PARAMS, "Invalid params: `cursor` is unknown")
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn start(cursor: serde_json::Value) -> Result<PageStart, i32> {
        let params = Map::from_iter([("cursor".to_owned(), cursor)]);
        let request = Request { id: json!(1), method: "tools/list".to_owned(), params };
        PageStart::of(&request).map_err(|error| error.code)
    }

    #[test]
    fn a_cursor_leads_back_to_its_position() {
        for position in [PageStart::Host(100), PageStart::Handler("page 2".to_owned())] {
            assert_eq!(start(json!(position.cursor())), Ok(position));
        }
        let encoded = |text: &str| json!(URL_SAFE_NO_PAD.encode(text));
        for invalid in [json!("page 2"), json!(7), json!(null), encoded("host:-1"), encoded("x")] {
            assert_eq!(start(invalid), Err(INVALID_PARAMS));
        }
    }

    #[test]
    fn a_page_names_the_first_entry_of_the_next_one() {
        let visible = [(0, 'a'), (3, 'b'), (4, 'c')];
        assert_eq!(Page::new(visible, 2), Page { entries: vec!['a', 'b'], next: Some(4) });
        assert_eq!(Page::new(visible, 3).next, None);
    }
}
