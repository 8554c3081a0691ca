//! The OpenAPI document of the examples, and of an application that has everything, as tools read it that others
//! wrote: validators, a tester, and generators of clients. Also the page of event streams.

mod tool;
mod documents;

mod validators;
mod requests;
mod typed_clients;
mod streams_page;
