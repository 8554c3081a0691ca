//! Routing: which endpoint answers a path and a method, groups of endpoints, and versions.

mod matching;
mod by_method;
mod query;
mod constraints;
mod groups;
mod deprecation;
mod mounts;
