//! Uploads.

mod malformed_multipart;
mod save_image;
