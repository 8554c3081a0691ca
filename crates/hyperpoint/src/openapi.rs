//! The OpenAPI document of an application, and a page that reads its event streams.
//!
//! [`ServeOpenApi`] serves the document, and [`Describe`] adds to the description of an endpoint.

// The items are re-exported one by one. If the crate were re-exported under the name `openapi`, the
// compiler would suggest imports of its traits from a path that does not exist.
pub use hyperpoint_openapi::{
    Describe, DescribeApplication, OpenApi, OpenApiDocument, OperationHead, ServeOpenApi,
};
