//! Links from one endpoint to another, by its type.

use std::any::{TypeId, type_name};

use serde::Serialize;

use crate::bind::Outgoing;
use crate::link_table::LinkTable;
use crate::problem::Problem;
use crate::services::FromServices;

/// Links to other endpoints, by their types: `cx.links`. What is linked to is declared by
/// [`Config::links_to`](crate::Config::links_to), and so known to be there before the first request.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    table: &'a LinkTable,
}

impl<'a> Links<'a> {
    pub(crate) fn new(table: &'a LinkTable) -> Self {
        Self { table }
    }

    /// The path to an endpoint, with these values in place of its route's parameters, and the others
    /// as the query where it reads one. A path alone: it holds on whatever host the client asked.
    ///
    /// Values are anything that is serialised with names: the request type of the endpoint, a struct
    /// with some of its fields, a map. Of several routes the first is taken, but one of GET before
    /// others.
    ///
    /// # Errors
    ///
    /// A 500 that names the parameter without a value; one for an endpoint that nobody declares by
    /// `links_to`.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Cx, Endpoint, Result};
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
                "a link leads to `{name}`, which no endpoint has declared; add \
                 `config.links_to::<{name}>()` to `configure`"
            )));
        };
        Ok(Outgoing::new(method, route, values)?.target)
    }
}
