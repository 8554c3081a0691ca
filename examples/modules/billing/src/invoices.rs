//! The invoices.

use std::sync::{Mutex, PoisonError};

use hyperpoint::prelude::*;

/// The invoices, kept in memory.
#[derive(Debug, Default)]
pub struct Invoices(Mutex<Vec<Invoice>>);

/// One invoice.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Invoice {
    pub(crate) account: u32,
    pub(crate) cents: u64,
}

impl Invoices {
    /// Adds an invoice, and returns its number.
    pub(crate) fn add(&self, invoice: Invoice) -> usize {
        let mut invoices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        invoices.push(invoice);
        invoices.len()
    }

    pub(crate) fn find(&self, number: usize) -> Option<Invoice> {
        let invoices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        invoices.get(number.checked_sub(1)?).cloned()
    }
}
