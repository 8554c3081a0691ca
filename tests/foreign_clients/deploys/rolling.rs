//! Three rolling restarts over TLS and HTTP/2, while events are published: each version is a
//! separate node with its own topics, and events outlive it in JetStream.

use std::net::TcpListener;
use std::time::Duration;

use hyperpoint::nats::JetStream;
use hyperpoint::prelude::*;
use hyperpoint::{Running, Tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};

use crate::nats::broker::Broker;
use crate::page::WatchingPage;
use crate::webdriver::Browser;

const STREAMS: usize = 10;
const RESTARTS: usize = 3;
const WINDOW: Duration = Duration::from_secs(2);
/// Longer than a stream takes to reconnect, also on a busy machine.
const RECONNECT_LIMIT: Duration = Duration::from_secs(30);
const ROOM: TopicName<u32> = TopicName::new("room");

/// A page script that opens the streams, and records the events and the ends of each.
const WATCH: &str = "
window.streams = [];
for (let nth = 0; nth < arguments[0]; nth++) {
  const stream = { source: new EventSource('/room'), numbers: [], ended: [], gaps: 0, opens: 0 };
  stream.source.onopen = () => stream.opens++;
  for (const name of ['message', 'room']) {
    stream.source.addEventListener(name, ({ data }) => stream.numbers.push(Number(data)));
  }
  stream.source.addEventListener('gap', () => stream.gaps++);
  stream.source.addEventListener('reconnect', () => stream.ended.push(performance.now()));
  streams.push(stream);
}";

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Watch {
    topics: Arc<Topics>,
}

impl Endpoint for Watch {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/room");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let topic = self.topics.topic(ROOM);
        cx.send.topic_async(&topic).retry(Duration::from_millis(250)).await
    }
}

/// The state that outlives a restart: the socket, the certificate, and the events.
struct Site {
    socket: TcpListener,
    pair: CertifiedKey<rcgen::KeyPair>,
    broker: Broker,
}

impl Site {
    async fn new() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let pair = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        Self { socket, pair, broker: Broker::start().await }
    }

    /// Creates the topics of one node.
    async fn topics(&self) -> Topics {
        let engine = JetStream::connect(&self.broker.url()).await.unwrap();
        Topics::with_backplane(engine, |_| {})
    }

    /// Starts the next version of the application.
    async fn start(&self) -> Running {
        let tls = Tls::pem(self.pair.cert.pem(), self.pair.signing_key.serialize_pem());
        let host = Host::empty().endpoint::<Watch>().endpoint::<WatchingPage>();
        let host = host.service(Arc::new(self.topics().await)).tls(tls);
        let host = host.options(|options| options.drain_window = WINDOW);
        host.listener(self.socket.try_clone().unwrap()).start().await.unwrap()
    }
}

async fn all_open(browser: &Browser) {
    let open = "streams.every(({ source }) => source.readyState === 1)";
    browser.until_within(RECONNECT_LIMIT, open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_streams_survive_three_rolling_restarts_and_miss_no_event() {
    let site = Site::new().await;
    let mut host = site.start().await;
    let browser = Browser::start().await;
    browser.open(host.url()).await;
    browser.run(WATCH, json!([STREAMS])).await;
    // More than six at once: they share an HTTP/2 connection.
    all_open(&browser).await;
    let topic = site.topics().await.topic(ROOM);
    let publisher = tokio::spawn(async move {
        for number in 1_u32.. {
            topic.publish(&number).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    for restart in 1..=RESTARTS {
        let next = site.start().await;
        host.stop().await;
        host = next;
        let ended = format!("streams.every(({{ ended }}) => ended.length >= {restart})");
        browser.until_within(RECONNECT_LIMIT, &ended).await;
        all_open(&browser).await;
    }
    publisher.abort();
    let last = "Math.max(...streams.map(({ numbers }) => numbers.at(-1)))";
    let same = format!("streams.every(({{ numbers }}) => numbers.at(-1) === {last}) && streams");
    let streams = browser.until_within(RECONNECT_LIMIT, &same).await;
    for stream in streams.as_array().unwrap() {
        assert_unbroken(stream);
    }
    assert_spread(&streams);
}

/// Checks that every number arrived once, in order, without a gap event.
fn assert_unbroken(stream: &Value) {
    let numbers = stream["numbers"].as_array().unwrap();
    let numbers: Vec<u64> = numbers.iter().map(|number| number.as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|two| two[1] == two[0] + 1), "{numbers:?}");
    assert_eq!(stream["gaps"], 0);
}

/// Checks that the streams ended at different times in each restart: ten random times over four
/// fifths of the window lie within a quarter of that only once in 26,000 restarts.
fn assert_spread(streams: &Value) {
    for restart in 0..RESTARTS {
        let streams = streams.as_array().unwrap().iter();
        let mut ended: Vec<f64> =
            streams.map(|stream| stream["ended"][restart].as_f64().unwrap()).collect();
        ended.sort_by(f64::total_cmp);
        let took = ended[STREAMS - 1] - ended[0];
        assert!(took > WINDOW.as_secs_f64() * 1000.0 * 0.8 / 4.0, "{ended:?}");
    }
}
