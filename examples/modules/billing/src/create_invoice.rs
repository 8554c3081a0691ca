//! `POST /invoices`

use hyperpoint::prelude::*;

use crate::get_invoice::{GetInvoice, Which};
use crate::invoices::{Invoice, Invoices};

#[derive(Endpoint)]
struct CreateInvoice {
    invoices: Arc<Invoices>,
}

impl Endpoint for CreateInvoice {
    type Request = Invoice;
    type Response = Invoice;

    fn configure(config: &mut Config) {
        config.post("/invoices");
        config.allow_anonymous();
        config.links_to::<GetInvoice>();
    }

    async fn handle(&self, invoice: Invoice, cx: Cx<'_, Self>) -> Result {
        let number = self.invoices.add(invoice.clone());
        cx.send.created_at_async::<GetInvoice>(&Which { number }, invoice).await
    }
}
