//! `PUT /orders/{id}/invoice`

use hyperpoint::bytes::Bytes;
use hyperpoint::http::StatusCode;
use hyperpoint::http::header::CONTENT_TYPE;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{FromRequest, Incoming};
use rusqlite::params;

use crate::store::{Store, StoreError};

const PDF: &str = "application/pdf";

/// The invoice of an order: the raw body.
#[derive(Debug)]
pub struct InvoiceFile {
    id: i64,
    bytes: Bytes,
}

impl FromRequest for InvoiceFile {
    async fn from_request(request: Incoming<'_>) -> Result<Self> {
        let id = request.route_fields().find(|(name, _)| *name == "id");
        let id = id.and_then(|(_, id)| id.parse().ok());
        let id = id.or_problem(StatusCode::NOT_FOUND, "an order has a number")?;
        if request.parts.headers.get(CONTENT_TYPE).is_none_or(|kind| kind != PDF) {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            return Err(problem.detail(format!("an invoice is sent as `{PDF}`")));
        }
        Ok(Self { id, bytes: request.body.bytes().await? })
    }
}

/// Stores the invoice of an order, and replaces an existing one.
#[derive(Endpoint)]
pub struct PutInvoice {
    store: Arc<Store>,
}

impl Endpoint for PutInvoice {
    type Request = InvoiceFile;
    type Response = ();

    fn configure(config: &mut Config) {
        config.put("/orders/{id}/invoice");
        config.roles(["clerk", "admin"]);
        config.tags(["Invoices"]);
        config.takes("application/pdf");
        config.answers_empty(204);
        config.refuses([404, 415]);
        config.body_limit_bytes(5 * 1024 * 1024);
    }

    fn validate(&self, file: &InvoiceFile, failures: &mut Failures) {
        failures.check("", file.bytes.starts_with(b"%PDF-"), "is no PDF");
    }

    async fn handle(&self, InvoiceFile { id, bytes }: InvoiceFile, cx: Cx<'_, Self>) -> Result {
        let kept = self.store.write(move |database| {
            // Only if the order exists; otherwise nothing is stored.
            let keep = "INSERT OR REPLACE INTO invoices (order_id, content_type, bytes) \
                        SELECT id, ?2, ?3 FROM orders WHERE id = ?1";
            match database.execute(keep, params![id, PDF, &*bytes])? {
                0 => Err(StoreError::Missing),
                _ => Ok(()),
            }
        });
        kept.await?;
        cx.send.no_content_async().await
    }
}
