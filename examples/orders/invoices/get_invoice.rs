//! `GET /orders/{id}/invoice`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

use crate::orders::{OrderId, of_customer};
use crate::store::Store;

/// Sends the invoice of an order, as a file to download.
#[derive(Endpoint)]
pub struct GetInvoice {
    store: Arc<Store>,
}

impl Endpoint for GetInvoice {
    type Request = OrderId;
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/orders/{id}/invoice");
        config.tags(["Invoices"]);
        config.answers_media(200, "application/pdf");
        config.refuses([404]);
    }

    async fn handle(&self, OrderId { id }: OrderId, cx: Cx<'_, Self>) -> Result {
        let identity = cx.identity.clone();
        let found = self.store.read(move |database| {
            of_customer(database, id, &identity)?;
            let find = "SELECT bytes, content_type FROM invoices WHERE order_id = ?1";
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            Ok(database.query_row(find, [id], read)?)
        });
        let (bytes, content_type): (Vec<u8>, String) = found.await?;
        cx.send.download(&format!("invoice-{id}.pdf")).bytes_async(bytes, content_type).await
    }
}
