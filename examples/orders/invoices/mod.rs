//! The invoice of an order: a file that is uploaded and downloaded.

mod put_invoice;
mod get_invoice;

pub use get_invoice::GetInvoice;
pub use put_invoice::{InvoiceFile, PutInvoice};
