//! `PUT /api/test-cases/form-binding-complex-dtos`

use hyperpoint::prelude::*;

use super::book::Book;

#[derive(Endpoint)]
struct BookAsForm;

impl Endpoint for BookAsForm {
    type Request = Book;
    type Response = Book;

    fn configure(config: &mut Config) {
        config.put("/test-cases/form-binding-complex-dtos");
        config.allow_anonymous();
    }

    async fn handle(&self, book: Book, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(book).await
    }
}
