//! The endpoints of billing. An application that names this crate includes them, and registers
//! their service, [`Invoices`].

mod invoices;
mod get_invoice;
mod create_invoice;

pub use invoices::Invoices;
