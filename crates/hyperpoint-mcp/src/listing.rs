//! `tools/list`, and the pagination of lists: entries of the host come first, then those of the
//! handler.

use hyperpoint_core::Problem;
use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::forwarding::result_of;
use crate::pages::{Page, PageStart, unknown_cursor};
use crate::reply::Reply;
use crate::request::Request;
use crate::revision::Revision;
use crate::rpc::{RpcError, response};
use crate::server::Server;

/// The member of a result with the cursor of the next page.
const NEXT: &str = "nextCursor";

/// Answers `tools/list` with the tools of endpoints, followed by those of the handler.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials.
pub(crate) async fn answer_of_tools(
    server: &Server,
    caller: Caller<'_>,
    request: &Request,
    revision: Revision,
) -> Result<Reply, Problem> {
    let page = match PageStart::of(request) {
        Ok(PageStart::Host(from)) if from >= server.tools.list().len() && from > 0 => {
            return Ok(Reply::error(&request.id, &unknown_cursor()));
        }
        Ok(PageStart::Host(from)) => server.listed(caller, revision, from).await?,
        _ => Page::empty(),
    };
    let is_free = |tool: &Value| {
        let name = tool.get("name").and_then(Value::as_str).unwrap_or_default();
        !server.tools.list().iter().any(|own| own.name.eq_ignore_ascii_case(name))
    };
    Ok(listed(
        server,
        caller,
        request,
        revision,
        OwnPage { name: "tools", page, is_free: &is_free },
    )
    .await)
}

/// A page of the host's own entries.
pub(crate) struct OwnPage<'a> {
    /// The member of the result with the entries.
    pub(crate) name: &'a str,
    pub(crate) page: Page<Value>,
    /// Returns whether an entry of the handler is listed, because no entry of the host has the same
    /// name or URI.
    pub(crate) is_free: &'a (dyn Fn(&Value) -> bool + Sync),
}

/// Answers with a page of the host, followed by a page of the handler if the host has no more
/// entries.
pub(crate) async fn listed(
    server: &Server,
    caller: Caller<'_>,
    request: &Request,
    revision: Revision,
    OwnPage { name, page, is_free }: OwnPage<'_>,
) -> Reply {
    let Page { mut entries, next } = page;
    let mut result = match next {
        Some(index) => Map::from_iter([(NEXT.to_owned(), json!(PageStart::Host(index).cursor()))]),
        None => match of_handler(server, caller, request, revision).await {
            Ok(result) => result,
            Err(error) => return Reply::error(&request.id, &error),
        },
    };
    if let Some(Value::Array(others)) = result.remove(name) {
        entries.extend(others.into_iter().filter(is_free));
    }
    result.insert(name.to_owned(), entries.into());
    let result = server.completed(result.into(), &request.method, revision);
    Reply::message(response(&request.id, result))
}

/// Returns the members of the handler's page, or no members without a handler. The cursor of its
/// next page is marked as a cursor of the handler.
async fn of_handler(
    server: &Server,
    caller: Caller<'_>,
    request: &Request,
    revision: Revision,
) -> Result<Map<String, Value>, RpcError> {
    let start = PageStart::of(request)?;
    let Some(handler) = server.handler() else {
        return match start {
            PageStart::Host(_) => Ok(Map::new()),
            PageStart::Handler(_) => Err(unknown_cursor()),
        };
    };
    let mut asked = request.clone();
    match start {
        PageStart::Host(_) => asked.params.remove("cursor"),
        PageStart::Handler(cursor) => asked.params.insert("cursor".to_owned(), cursor.into()),
    };
    let Value::Object(mut result) = result_of(handler, &asked, caller, revision).await? else {
        return Ok(Map::new());
    };
    if let Some(next) = result.get_mut(NEXT)
        && let Some(cursor) = next.as_str()
    {
        *next = PageStart::Handler(cursor.to_owned()).cursor().into();
    }
    Ok(result)
}
