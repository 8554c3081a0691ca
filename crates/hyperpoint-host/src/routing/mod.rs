//! From a path and a method to an endpoint. Built once, at start-up; knows no connection.

mod cors;
mod access;
mod processors;
mod listed_route;
mod route;
mod table;
mod places;
mod mount;

pub(crate) use access::{Admission, Schemes};
pub(crate) use cors::layer as cors_layer;
pub(crate) use listed_route::ListedRoute;
pub(crate) use mount::{Mounts, mount};
pub(crate) use route::Route;
pub(crate) use table::{Found, RouteTable};
