//! Answers: every way to send a response, links, files, ranges, conditional requests, compression,
//! and problem documents.

mod sending;
mod links;
mod alternatives;
mod compression;
mod files;
mod ranges;
mod conditional;
mod byte_streams;
mod problems;
mod error_formats;
