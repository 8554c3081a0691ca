//! Compression of responses that clients request with `Accept-Encoding`. Each content coding has
//! its own entity tag (RFC 9110 §8.8.3.3). Independent of endpoints.

mod codings;
mod coded_tags;
mod asked;
mod tagging;
