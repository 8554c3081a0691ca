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

    /// Returns the path and the query of a request to an endpoint, such as `/users/7?page=2`,
    /// without scheme and host. Each route parameter takes the value of the same name.
    ///
    /// If the method of the route is GET, HEAD, DELETE or TRACE, the query contains the values that
    /// are not route parameters. With any other method, it contains only fields of type
    /// `from::Query`. Fields of any other [`from`](crate::bind::from) type are never part of a
    /// link.
    ///
    /// `values` may be of any type that serializes to named fields: the request type of the
    /// endpoint, a struct with some of its fields, or a map. If the endpoint has several routes,
    /// the first GET route is used, or else the first route.
    ///
    /// # Errors
    ///
    /// A 500 if a route parameter does not have exactly one value, if `values` cannot be encoded,
    /// or if no endpoint has declared the target with `links_to`. The private cause describes the
    /// fault.
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
