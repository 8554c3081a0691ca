//! The endpoints of billing. An application that names this crate has them; it also gives them a
//! service, [`Invoices`].

mod invoices;
mod get_invoice;
mod create_invoice;

pub use invoices::Invoices;
