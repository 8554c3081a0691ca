//! The OpenAPI document of an application, and a page that reads its event streams.
//!
//! See [`ServeOpenApi`] for serving the document, and [`Describe`] for what an endpoint states.

// A module of its own: for the traits of a crate that is exported under another name, the compiler suggests an import
// that does not exist.
pub use hyperpoint_openapi::{
    Describe, DescribeApplication, OpenApi, OpenApiDocument, OperationHead, ServeOpenApi,
};
