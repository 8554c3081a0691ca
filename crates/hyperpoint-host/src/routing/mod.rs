//! From a path and a method to an endpoint. ProcessorCache once, at start-up; knows no connection.

mod cors;
mod processor_cache;
mod listed_route;
mod route;
mod table;
mod param_names;
mod mount;

pub(crate) use cors::layer as cors_layer;
pub(crate) use listed_route::ListedRoute;
pub(crate) use mount::{MountContext, mount};
pub(crate) use route::Route;
pub(crate) use table::{Found, RouteTable};
