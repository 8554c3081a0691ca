//! Routing: the table that maps a method and a path to an endpoint, built and checked at start-up.
//! Independent of connections.

mod cors;
mod processor_cache;
mod listed_route;
mod route;
mod mounted_service;
mod table;
mod param_names;
mod mounting;
mod placed;
mod mount_context;
mod mount_services;
mod mount;

pub(crate) use cors::layer as cors_layer;
pub(crate) use listed_route::ListedRoute;
pub(crate) use mount::mount;
pub(crate) use mount_context::{MountContext, allowed};
pub(crate) use mounted_service::MountedService;
pub(crate) use mounting::Mounting;
pub(crate) use placed::Placed;
pub(crate) use route::Route;
pub(crate) use table::{Found, RouteTable};
