//! `POST /api/test-cases/form-binding-complex-dtos`

use hyperpoint::prelude::*;

use super::book::Book;

#[derive(Endpoint)]
struct SaveBook;

impl Endpoint for SaveBook {
    type Request = Book;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/test-cases/form-binding-complex-dtos");
        config.allow_anonymous();
    }

    async fn handle(&self, _: Book, cx: Cx<'_, Self>) -> Result {
        cx.send.no_content_async().await
    }
}
