//! Contract line 31: a thousand subscribers of a topic that never read neither slow the others down
//! nor use memory. The bench measures their cost in instructions.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Running, TopicLimits};
use hyperpoint_testing::{Client, EventReader, ReadError, Stalled};

use crate::one_at_a_time::turn;
use crate::own_process::is_alone;
use crate::resident::resident_kib;
use crate::served::{all, open};

const NEVER_READING: usize = 1000;
const READING: usize = 20;
const LOG_BYTES: usize = 64 * 1024;
/// What a topic holds beyond its events: unused room in the buffers of its newest ones, and its fixed cost.
const UNUSED_BYTES: usize = 16 * 1024;
const EVENTS: TopicName<String> =
    TopicName::new("events").limits(TopicLimits { bytes: LOG_BYTES, ..TopicLimits::DEFAULT });

/// The number of events published at once; together they fit the log.
const BURST: usize = 20;
const EVENT_BYTES: usize = 1000;
/// The number of bursts without any delivery after which a client's socket counts as full.
const QUIET: usize = 20;
/// Far more bursts than the sockets of one client hold.
const MOST: usize = 1000;
const MEASURED: usize = 100;

/// The memory limit per client once its socket is full, for both ends together.
const EACH_KIB: u64 = 32;
/// An allowance for the process itself, and a tenth of the events published during the measurement.
const NOISE_KIB: u64 = 200;

/// How often events were checked for clients that read, and for clients that do not.
#[derive(Debug, Default)]
struct Looks {
    reading: AtomicUsize,
    never_reading: AtomicUsize,
}

#[derive(Deserialize, JsonSchema)]
struct Clients {
    reads: bool,
}

/// `GET /events`: the topic.
#[derive(Endpoint)]
struct Subscribe {
    topics: Arc<Topics>,
    looks: Arc<Looks>,
}

impl Endpoint for Subscribe {
    type Request = Clients;
    type Response = Events<String>;

    fn configure(config: &mut Config) {
        config.get("/events");
        config.allow_anonymous();
    }

    async fn handle(&self, who: Clients, cx: Cx<'_, Self>) -> Result {
        let looks = Arc::clone(&self.looks);
        let stream = cx.send.topic_async(&self.topics.topic(EVENTS)).filter(move |_| {
            let looks = if who.reads { &looks.reading } else { &looks.never_reading };
            looks.fetch_add(1, SeqCst);
            true
        });
        stream.await
    }
}

/// A host, and the clients that read its topic.
struct Site {
    host: Running,
    topics: Topics,
    looks: Arc<Looks>,
    readers: Vec<EventReader>,
    published: usize,
}

impl Site {
    async fn start() -> Self {
        let (topics, looks) = (Topics::default(), Arc::new(Looks::default()));
        let host = Host::empty().endpoint::<Subscribe>().service(Arc::new(topics.clone()));
        let host = host.service(Arc::clone(&looks)).bind("127.0.0.1:0");
        // Otherwise the host would drop the clients, and they would cost nothing.
        let host = host.options(|options| options.write_stall = Duration::from_hours(1));
        let host = host.start().await.unwrap();
        let clients = [Client::http1(host.address()), Client::http2(host.address())];
        let readers = open(&clients, "/events?reads=true", READING).await;
        Self { host, topics, looks, readers, published: 0 }
    }

    /// Publishes some events, and waits until each reader has received them.
    async fn burst(&mut self) {
        let numbers = self.published..self.published + BURST;
        let topic = self.topics.topic(EVENTS);
        for number in numbers.clone() {
            topic.publish(&format!("{number:0EVENT_BYTES$}")).await.unwrap();
        }
        self.published = numbers.end;
        all(self.readers.iter_mut().map(|reader| read(reader, numbers.clone()))).await;
    }

    /// Publishes until nothing more reaches the clients that never read.
    async fn until_full(&mut self) {
        let (mut seen, mut quiet) = (0, 0);
        for _ in 0..MOST {
            self.burst().await;
            let looks = self.looks.never_reading.load(SeqCst);
            quiet = if looks == seen { quiet + 1 } else { 0 };
            seen = looks;
            if quiet == QUIET {
                return;
            }
        }
        assert_eq!(quiet, QUIET, "after {} events they still take some", self.published);
    }
}

/// Reads the events with these numbers, and nothing else.
async fn read(reader: &mut EventReader, numbers: std::ops::Range<usize>) -> Result<(), ReadError> {
    for number in numbers {
        let event = reader.next().await?;
        assert_eq!((&*event.name, event.data.len()), ("message", EVENT_BYTES + 2));
        assert_eq!(event.data.trim_matches('"').parse(), Ok(number), "each gets every event");
    }
    Ok(())
}

/// Runs the comparison with a thousand of these clients that never read.
async fn check(clients: impl FnOnce(&Running) -> Vec<Client>) {
    let mut site = Site::start().await;
    let clients = clients(&site.host);
    let before = resident_kib();
    let never_reading = open(&clients, "/events?reads=false", NEVER_READING).await;
    let _stalled: Vec<Stalled> = never_reading.into_iter().map(EventReader::stop_reading).collect();
    site.until_full().await;
    let full = resident_kib();
    let each = full.saturating_sub(before) / NEVER_READING as u64;
    println!("{} events until they are full; {each} KiB each", site.published);

    let looks = [&site.looks.reading, &site.looks.never_reading].map(|looks| looks.load(SeqCst));
    for _ in 0..MEASURED {
        site.burst().await;
    }
    let reading = site.looks.reading.load(SeqCst) - looks[0];
    let never_reading = site.looks.never_reading.load(SeqCst) - looks[1];
    let grown = resident_kib().saturating_sub(full);
    println!(
        "looks: {reading} for who reads, {never_reading} for who does not; grown by {grown} KiB"
    );
    assert_eq!(never_reading, 0, "a client that does not read causes no work");
    // The first event of a run is checked twice.
    let delivered = MEASURED * BURST * READING;
    assert!((delivered..=2 * delivered).contains(&reading), "{reading} checks");
    assert!(each < EACH_KIB, "a client that never reads uses {each} KiB");
    assert!(grown < NOISE_KIB, "grown by {grown} KiB");
    assert!(site.topics.bytes() <= LOG_BYTES + UNUSED_BYTES, "{} bytes", site.topics.bytes());
    let subscribers = site.topics.topic(EVENTS).subscribers();
    assert_eq!(subscribers, NEVER_READING + READING, "the clients are still connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_31_a_thousand_stalled_http_1_1_clients_cost_the_others_nothing() {
    let _turn = turn().await;
    if is_alone(
        "never_reading::line_31_a_thousand_stalled_http_1_1_clients_cost_the_others_nothing",
    ) {
        check(|host| vec![Client::http1(host.address())]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_31_a_thousand_stalled_http_2_clients_cost_the_others_nothing() {
    let _turn = turn().await;
    if is_alone("never_reading::line_31_a_thousand_stalled_http_2_clients_cost_the_others_nothing")
    {
        check(|host| (0..20).map(|_| Client::http2(host.address())).collect()).await;
    }
}
