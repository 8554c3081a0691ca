//! Binding: how a request becomes a value of the endpoint's request type, and when it is refused.

mod request_types;
mod sources;
mod claims;
mod forms;
mod nested;
mod files;
mod bodies;
mod values;
mod raw;
mod multipart;
mod garde;
