//! Third-party clients against the host, over HTTP/1.1 and HTTP/2: one transcript, one expectation,
//! and the table of the guide, which each client's test compares with its results.

mod received;
mod visits;
mod features;
mod resume;
mod quiet;
mod report;

mod table;
mod check;
mod site;

mod scripts;
mod curl;
mod prior_knowledge;
mod rust;
mod chromium;
mod firefox;
