//! The OpenAPI document of an application, and a page that reads its event streams.
//!
//! [`ServeOpenApi`] serves the document, and [`Describe`] adds to the description of an endpoint.

// These items need a separate module. For the traits of a crate that is re-exported under another
// name, the compiler suggests an import that does not exist.
pub use hyperpoint_openapi::{
    Describe, DescribeApplication, OpenApi, OpenApiDocument, OperationHead, ServeOpenApi,
};
