//! Measures the time to generate and to encode the OpenAPI document of 500 endpoints, and the
//! start-up time with and without it. There are 100 resources, each with its own types and with
//! five endpoints, one of which is an event stream. All rounds run in one process; the shortest
//! times are reported.
//!
//! `cargo run --profile bench-openapi -p hyperpoint-bench --features openapi --bin bench-openapi`.
//! An optional argument sets the number of rounds (default: 30).

#![expect(dead_code, reason = "of most types only the schema is used")]

use std::error::Error;
use std::time::{Duration, Instant};

use hyperpoint::openapi::{Describe, DescribeApplication, ServeOpenApi};
use hyperpoint::prelude::*;

const ROUNDS: usize = 30;
const ENDPOINTS: usize = 500;

/// A line of an order.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Line<const N: usize> {
    /// The ordered item.
    #[schemars(length(min = 1, max = 100))]
    item: String,
    #[serde(default)]
    quantity: u32,
    price: Option<f64>,
}

/// The progress of an order.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Progress<const N: usize> {
    /// Nothing was shipped yet.
    Open,
    Shipped {
        carrier: String,
    },
    Cancelled(String),
}

/// An order.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Order<const N: usize> {
    id: Uuid,
    /// The customer's name.
    customer: String,
    lines: Vec<Line<N>>,
    progress: Progress<N>,
    notes: std::collections::BTreeMap<String, String>,
}

/// The filters of a list of orders.
#[derive(Deserialize, JsonSchema)]
struct Search<const N: usize> {
    /// The text to search for.
    text: Option<String>,
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
    customer: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Id<const N: usize> {
    id: Uuid,
}

#[derive(Deserialize, JsonSchema)]
struct Change<const N: usize> {
    id: Uuid,
    lines: Vec<Line<N>>,
    reason: Option<String>,
}

/// An event about an order.
#[derive(Serialize, JsonSchema, Events)]
enum OrderEvent {
    Placed { id: Uuid },
    Shipped { id: Uuid, carrier: String },
    Deleted { id: Uuid },
}

/// Defines one endpoint for all resources, generic over the number of the resource.
macro_rules! endpoint {
    ($name:ident($request:ty) -> $response:ty, $method:ident $route:literal, $words:expr) => {
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name<const N: usize>;

        impl<const N: usize> Endpoint for $name<N> {
            type Request = $request;
            type Response = $response;

            fn configure(config: &mut Config) {
                config.$method(&format!("/resource-{N}{}", $route));
                config.allow_anonymous();
                config.tags([format!("Resource {N}").as_str()]);
                let words: fn(&mut Config) = $words;
                words(config);
            }

            async fn handle(&self, _: $request, cx: Cx<'_, Self>) -> Result {
                cx.send.status_async(hyperpoint::http::StatusCode::OK).await
            }
        }
    };
}

endpoint!(List(Search<N>) -> Vec<Order<N>>, get "", |_| {});
endpoint!(Find(Id<N>) -> Order<N>, get "/{id}", |config| config.refuses([404]));
endpoint!(Place(Order<N>) -> Order<N>, post "", |config| config.answers(201));
endpoint!(Alter(Change<N>) -> Order<N>, put "/{id}", |config| config.refuses([404, 409]));
endpoint!(Follow(()) -> Events<OrderEvent>, get "/events", |config| config.events::<OrderEvent>());

fn resource<const N: usize>(host: Host) -> Host {
    let host = host.endpoint::<List<N>>().endpoint::<Find<N>>().endpoint::<Place<N>>();
    host.endpoint::<Alter<N>>().endpoint::<Follow<N>>()
}

macro_rules! resources {
    ($($tens:literal)*) => {
        fn resources(host: Host) -> Host {
            $(
                let host = resource::<{ $tens * 10 }>(host);
                let host = resource::<{ $tens * 10 + 1 }>(host);
                let host = resource::<{ $tens * 10 + 2 }>(host);
                let host = resource::<{ $tens * 10 + 3 }>(host);
                let host = resource::<{ $tens * 10 + 4 }>(host);
                let host = resource::<{ $tens * 10 + 5 }>(host);
                let host = resource::<{ $tens * 10 + 6 }>(host);
                let host = resource::<{ $tens * 10 + 7 }>(host);
                let host = resource::<{ $tens * 10 + 8 }>(host);
                let host = resource::<{ $tens * 10 + 9 }>(host);
            )*
            host
        }
    };
}

resources! { 0 1 2 3 4 5 6 7 8 9 }

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let application = resources(Host::empty()).build()?;
    assert_eq!(application.routes().len(), ENDPOINTS);
    let document = application.openapi();
    let mut least = [Duration::MAX; 4];
    for _ in 0..rounds {
        let times = [
            timed(|| drop(application.openapi())),
            timed(|| drop((document.to_string(), document.text_3_2()))),
            timed(|| drop(resources(Host::empty()).build())),
            timed(|| {
                drop(resources(Host::empty()).openapi(|api| api.allow_anonymous()).build());
            }),
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = time.min(*least);
        }
    }
    let [written, text, plain, served] = least;
    let schemas = document
        .version_3_1()
        .pointer("/components/schemas")
        .and_then(|all| all.as_object())
        .map_or(0, |all| all.len());
    let bytes = document.to_string().len();
    println!("{ENDPOINTS} endpoints, {schemas} schemas, {bytes} bytes in OpenAPI 3.1");
    println!("the document, in 3.1 and 3.2: {:>8.1} ms", millis(written));
    println!("both as text:                 {:>8.1} ms", millis(text));
    println!("start-up without a document:  {:>8.1} ms", millis(plain));
    println!("start-up with one:            {:>8.1} ms", millis(served));
    Ok(())
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
