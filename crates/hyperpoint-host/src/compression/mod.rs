//! Compression of answers, as clients ask for it, and what it changes about versions: each coding of a
//! content has an entity tag of its own (RFC 9110 §8.8.3.3).

mod codings;
mod coded_tags;
mod asked;
mod tagging;
