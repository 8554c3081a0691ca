//! `GET /invoices/{number}`

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

use crate::invoices::{Invoice, Invoices};

/// The number of an invoice, which requests are bound to and links are made from.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(crate) struct Which {
    pub(crate) number: usize,
}

#[derive(Endpoint)]
pub(crate) struct GetInvoice {
    invoices: Arc<Invoices>,
}

impl Endpoint for GetInvoice {
    type Request = Which;
    type Response = Invoice;

    fn configure(config: &mut Config) {
        config.get("/invoices/{number}");
        config.allow_anonymous();
    }

    async fn handle(&self, Which { number }: Which, cx: Cx<'_, Self>) -> Result {
        let invoice = self.invoices.find(number);
        let invoice = invoice.or_problem(StatusCode::NOT_FOUND, "no such invoice")?;
        cx.send.ok_async(invoice).await
    }
}
