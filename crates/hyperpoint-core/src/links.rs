//! Links between endpoints, by type.

use std::any::{TypeId, type_name};

use serde::Serialize;

use crate::bind::Outgoing;
use crate::link_table::LinkTable;
use crate::problem::Problem;
use crate::services::FromServices;

/// Creates links to other endpoints, by their types: `cx.links`. Link targets are declared by
/// [`Config::links_to`](crate::Config::links_to), so that start-up verifies that they exist.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Cx, Endpoint, Result};
/// # async fn handle<GetUser: Endpoint, E: Endpoint>(cx: Cx<'_, E>) -> Result {
/// let link = cx.links.to::<GetUser>(&serde_json::json!({ "id": 7 }))?;
/// cx.send.string_async(link).await
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    table: &'a LinkTable,
}

impl<'a> Links<'a> {
    pub(crate) fn new(table: &'a LinkTable) -> Self {
        Self { table }
    }

    /// Returns the path of an endpoint, with these values for the route parameters. If the method
    /// of the route is GET, HEAD, DELETE or TRACE, the other values become the query; on other
    /// methods, only fields of type `from::Query` are in the query. The path is relative to the
    /// host that the client used.
    ///
    /// `values` may be of any type that serializes to named fields: the request type of the
    /// endpoint, a struct with some of its fields, or a map. If the endpoint has several routes,
    /// the first GET route is used, or else the first route.
    ///
    /// # Errors
    ///
    /// A 500 if a route parameter does not have exactly one value or `values` cannot be encoded
    /// (the private cause names the field), or if no endpoint has declared the target with
    /// `links_to`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Cx, Endpoint, Result};
    /// # use serde::Serialize;
    /// #[derive(Serialize)]
    /// struct Id {
    ///     id: u32,
    /// }
    ///
    /// # async fn handle<GetUser: Endpoint, E: Endpoint>(cx: Cx<'_, E>) -> Result {
    /// let link = cx.links.to::<GetUser>(&Id { id: 7 })?; // "/users/7"
    /// cx.send.redirect_async(link).await
    /// # }
    /// ```
    pub fn to<E: FromServices + 'static>(
        &self,
        values: &(impl Serialize + ?Sized),
    ) -> Result<String, Problem> {
        let Some((method, route)) = self.table.route(TypeId::of::<E>()) else {
            let name = type_name::<E>();
            return Err(Problem::internal(format!(
                "a link targets `{name}`, which no endpoint has declared; add \
                 `config.links_to::<{name}>()` to `configure`"
            )));
        };
        Ok(Outgoing::new(method, route, values)?.target)
    }
}
