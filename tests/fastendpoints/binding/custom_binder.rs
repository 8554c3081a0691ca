//! `POST /api/test-cases/custom-request-binder`

use hyperpoint::prelude::*;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Product {
    id: i32,
    name: String,
    price: f64,
}

#[derive(Deserialize, JsonSchema)]
struct ProductOfCustomer {
    product: from::Body<Product>,
    #[serde(rename = "CustomerID")]
    customer_id: from::Header<String>,
}

#[derive(Serialize, JsonSchema)]
struct Bound {
    id: Option<String>,
    product: Product,
    #[serde(rename = "customerID")]
    customer_id: String,
}

#[derive(Endpoint)]
struct CustomBinder;

impl Endpoint for CustomBinder {
    type Request = ProductOfCustomer;
    type Response = Bound;

    fn configure(config: &mut Config) {
        config.post("/test-cases/custom-request-binder");
    }

    async fn handle(&self, request: ProductOfCustomer, cx: Cx<'_, Self>) -> Result {
        let (product, customer_id) = (request.product.0, request.customer_id.0);
        cx.send.ok_async(Bound { id: None, product, customer_id }).await
    }
}
