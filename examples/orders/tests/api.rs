//! The API as its clients use it, called by the types of its endpoints: no test contains a URL.
#![expect(clippy::unwrap_used, reason = "a failing call fails its test")]

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use hyperpoint::Identity;
use hyperpoint::prelude::Uuid;
use hyperpoint_testing::{EndpointCall, TestApp};
use orders_api::feed::{FollowOrders, GetTicket};
use orders_api::invoices::{GetInvoice, PutInvoice};
use orders_api::orders::{
    ChangeOrder, ChangedOrder, DeleteOrder, GetOrder, Line, ListOrders, NewOrder, Order,
    OrderEvent, OrderFilter, OrderId, PlaceOrder, ShipOrder, Shipment, Status,
};
use orders_api::users::{Credentials, Me, SignIn, SignOut, User};
use orders_api::{Passwords, Store, application};
use tokio::time::timeout;

fn app() -> TestApp {
    TestApp::new(application(Store::in_memory().unwrap())).unwrap()
}

fn user(app: &TestApp, name: &str, role: &str) -> TestApp {
    app.user(Identity::user(name).with_role(role))
}

fn tea(quantity: u32) -> NewOrder {
    NewOrder { lines: vec![Line { item: "tea".into(), quantity, cents: 300 }] }
}

/// The call that places an order, with this idempotency key.
fn placing(app: &TestApp, order: &NewOrder, key: &str) -> EndpointCall<Order> {
    app.send::<PlaceOrder>(order).header("idempotency-key", key)
}

async fn place(app: &TestApp) -> Order {
    let key = Uuid::new_v4().to_string();
    placing(app, &tea(3), &key).await.unwrap().into_data()
}

/// The number of orders that the user sees, at most 100.
async fn count(app: &TestApp) -> usize {
    let filter = OrderFilter { limit: Some(100), ..OrderFilter::default() };
    app.send::<ListOrders>(&filter).await.unwrap().len()
}

/// The number of Ann's orders, page by page.
async fn all_of_ann(app: &TestApp) -> usize {
    let (mut count, mut after) = (0, None);
    loop {
        let filter = OrderFilter { after, limit: Some(100), ..OrderFilter::default() };
        let page = app.send::<ListOrders>(&filter).await.unwrap().into_data();
        let Some(last) = page.last() else {
            return count;
        };
        (count, after) = (count + page.len(), Some(last.id));
    }
}

async fn signed_in(app: &TestApp) -> TestApp {
    let ann = app.clone().with_cookies();
    let credentials = Credentials { name: "ann".into(), password: "tea-at-five".into() };
    ann.send::<SignIn>(&credentials).await.unwrap();
    ann
}

#[tokio::test]
async fn a_user_signs_in_is_authenticated_and_signs_out() {
    let app = app().with_cookies();
    assert_eq!(app.send::<Me>(&()).refused().await.unwrap().status, 401);
    let right = |password: &str| Credentials { name: "ann".into(), password: password.into() };
    let refused = app.send::<SignIn>(&right("tea-at-six")).refused().await.unwrap();
    assert_eq!(
        (refused.status.as_u16(), refused.detail.as_deref()),
        (401, Some("no such name and password"))
    );
    let nobody = Credentials { name: "eve".into(), password: "tea-at-five".into() };
    assert_eq!(app.send::<SignIn>(&nobody).refused().await.unwrap().detail, refused.detail);

    let ann = User { name: "ann".into(), role: "customer".into() };
    assert_eq!(*app.send::<SignIn>(&right("tea-at-five")).await.unwrap(), ann);
    assert_eq!(*app.send::<Me>(&()).await.unwrap(), ann);
    assert_eq!(app.send::<SignOut>(&()).await.unwrap().status(), 204);
    assert_eq!(app.send::<Me>(&()).refused().await.unwrap().status, 401);
}

#[tokio::test]
async fn orders_are_read_and_placed_while_passwords_are_checked() {
    const SOON: Duration = Duration::from_secs(30);
    // A check ends once `open` is dropped.
    let (open, gate) = mpsc::channel::<()>();
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let gate = Mutex::new(gate);
    let passwords = Passwords::checked_by(100, move |_, _| {
        let _ = started.send(());
        let _ = gate.lock().unwrap_or_else(PoisonError::into_inner).recv();
        true
    });
    let host = application(Store::in_memory().unwrap()).service(std::sync::Arc::new(passwords));
    let app = TestApp::new(host).unwrap();
    let sign_ins: Vec<_> = (0..=Store::CONNECTIONS)
        .map(|_| {
            let app = app.clone();
            let ann = Credentials { name: "ann".into(), password: "tea-at-five".into() };
            tokio::spawn(async move { app.send::<SignIn>(&ann).await.unwrap().status() })
        })
        .collect();
    for _ in 0..Store::CONNECTIONS {
        timeout(SOON, starts.recv()).await.unwrap().unwrap();
    }
    let ann = user(&app, "ann", "customer");
    let id = timeout(SOON, place(&ann)).await.unwrap().id;
    timeout(SOON, ann.send::<GetOrder>(&OrderId { id })).await.unwrap().unwrap();
    drop(open);
    for sign_in in sign_ins {
        assert_eq!(timeout(SOON, sign_in).await.unwrap().unwrap(), 200);
    }
}

#[tokio::test]
async fn a_client_that_guesses_passwords_is_rate_limited() {
    let passwords = Passwords::checked_by(1, |_, _| false);
    let host = application(Store::in_memory().unwrap()).service(std::sync::Arc::new(passwords));
    let app = TestApp::new(host).unwrap();
    let guess = Credentials { name: "ann".into(), password: "guess".into() };
    for _ in 0..10 {
        assert_eq!(app.send::<SignIn>(&guess).refused().await.unwrap().status, 401);
    }
    assert_eq!(app.send::<SignIn>(&guess).refused().await.unwrap().status, 429);
}

#[tokio::test]
async fn concurrent_changes_of_one_order_see_its_current_state() {
    let app = app();
    let (ann, clerk) = (user(&app, "ann", "customer"), user(&app, "carl", "clerk"));
    for _ in 0..20 {
        let id = place(&ann).await.id;
        let changed = ChangedOrder { id, lines: tea(1).lines };
        let shipment = Shipment { id, carrier: "Post".into() };
        let (shipped, changed) = tokio::join!(
            clerk.send::<ShipOrder>(&shipment),
            ann.send_as::<ChangeOrder>(&changed).answer(),
        );
        assert_eq!(shipped.unwrap().status, Status::Shipped);
        assert!([200, 409].contains(&changed.unwrap().status().as_u16()));
    }
}

#[tokio::test]
async fn an_order_is_placed_read_changed_and_listed() {
    let ann = user(&app(), "ann", "customer");
    let placed = placing(&ann, &tea(3), "1").await.unwrap();
    assert_eq!(
        (placed.status().as_u16(), placed.total_cents, placed.status),
        (201, 900, Status::Open)
    );
    let at = ann.get(placed.header("location").unwrap()).await.unwrap();
    assert_eq!(at.json::<Order>().unwrap(), *placed);

    let changed = ChangedOrder { id: placed.id, lines: tea(1).lines };
    assert_eq!(ann.send::<ChangeOrder>(&changed).await.unwrap().total_cents, 300);
    assert_eq!(ann.send::<GetOrder>(&OrderId { id: placed.id }).await.unwrap().total_cents, 300);

    let all = ann.send::<ListOrders>(&OrderFilter::default()).await.unwrap();
    assert_eq!(all.iter().map(|order| order.id).collect::<Vec<_>>(), [1, placed.id]);
    let rest = OrderFilter { after: Some(1), status: Some(Status::Open), limit: Some(1) };
    assert_eq!(ann.send::<ListOrders>(&rest).await.unwrap().len(), 1);
    let shipped = OrderFilter { status: Some(Status::Shipped), ..OrderFilter::default() };
    assert_eq!(ann.send::<ListOrders>(&shipped).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_repeated_order_gets_the_stored_answer() {
    let app = app();
    let (ann, bob) = (user(&app, "ann", "customer"), user(&app, "bob", "customer"));
    let first = placing(&ann, &tea(3), "k").answer().await.unwrap();
    let again = placing(&ann, &tea(3), "k").answer().await.unwrap();
    for answer in [&first, &again] {
        assert_eq!(answer.status(), 201);
    }
    assert_eq!(again.text(), first.text());
    assert_eq!(again.header("location"), first.header("location"));
    let json = r#"{ "lines": [{"cents": 300, "quantity": 3, "item": "tea"}] }"#;
    let spaced = placing(&ann, &tea(3), "k").body("application/json", json).answer().await;
    assert_eq!(spaced.unwrap().text(), first.text());

    let other = placing(&ann, &tea(4), "k").refused().await.unwrap();
    assert_eq!(other.status, 422);
    assert_eq!(count(&ann).await, 2);
    // The key of another user is another key.
    assert_eq!(placing(&bob, &tea(4), "k").await.unwrap().customer, "bob");
    // The stored answer is that of the request, not the order as it is now.
    let clerk = user(&app, "carl", "clerk");
    let id = first.json::<Order>().unwrap().id;
    clerk.send::<ShipOrder>(&Shipment { id, carrier: "Post".into() }).await.unwrap();
    assert_eq!(placing(&ann, &tea(3), "k").answer().await.unwrap().text(), first.text());
}

#[tokio::test]
async fn an_order_needs_one_usable_idempotency_key() {
    let ann = user(&app(), "ann", "customer");
    let without = ann.send::<PlaceOrder>(&tea(3)).refused().await.unwrap();
    assert_eq!(without.status, 400);
    assert!(without.detail.unwrap().contains("Idempotency-Key"));
    for key in [String::new(), "k".repeat(256), "é".to_owned()] {
        assert_eq!(placing(&ann, &tea(3), &key).refused().await.unwrap().status, 400);
    }
    let two = placing(&ann, &tea(3), "a").header("idempotency-key", "b");
    assert_eq!(two.refused().await.unwrap().status, 400);
    // An invalid order leaves its key free.
    assert_eq!(placing(&ann, &tea(0), "k").refused().await.unwrap().status, 400);
    assert_eq!(placing(&ann, &tea(3), "k").await.unwrap().status(), 201);
}

#[tokio::test]
async fn two_orders_with_one_key_at_once_place_one_order() {
    let app = TestApp::http1(application(Store::in_memory().unwrap())).await.unwrap();
    let ann = signed_in(&app).await;
    for round in 0..100 {
        let (key, order) = (format!("k{round}"), tea(round % 7 + 1));
        let calls = tokio::join!(
            placing(&ann, &order, &key).answer(),
            placing(&ann, &order, &key).answer(),
        );
        let answers = [calls.0.unwrap(), calls.1.unwrap()];
        // The second one does not wait: it gets the answer if there is one, or a 409.
        assert!(answers.iter().any(|answer| answer.status() == 201));
        for answer in answers.iter().filter(|answer| answer.status() != 201) {
            assert_eq!((answer.status().as_u16(), answer.header("retry-after")), (409, Some("1")));
        }
        let again = placing(&ann, &order, &key).await.unwrap();
        assert_eq!(again.id, i64::from(round) + 3);
    }
    assert_eq!(all_of_ann(&ann).await, 101);
}

/// Places an order again until its first request does not run any more. Returns its number.
async fn retried(app: &TestApp, key: &str) -> i64 {
    loop {
        let answer = placing(app, &tea(1), key).answer().await.unwrap();
        if answer.status() != 409 {
            return answer.json::<Order>().unwrap().id;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_and_retries_places_one_order() {
    let app = TestApp::http1(application(Store::in_memory().unwrap())).await.unwrap();
    let ann = signed_in(&app).await;
    for round in 0..40_u32 {
        let key = format!("k{round}");
        let call = tokio::spawn(placing(&ann, &tea(1), &key).answer());
        for _ in 0..round % 20 {
            tokio::task::yield_now().await;
        }
        call.abort();
        let placed = timeout(Duration::from_mins(1), retried(&ann, &key)).await.unwrap();
        assert_eq!(placing(&ann, &tea(1), &key).await.unwrap().id, placed);
    }
    assert_eq!(all_of_ann(&ann).await, 41);
}

#[tokio::test]
async fn invalid_lines_of_an_order_are_reported_by_path() {
    let ann = user(&app(), "ann", "customer");
    let mut order = tea(0);
    order.lines.extend(tea(1).lines);
    order.lines[1].item.clear();
    let problem = ann.send::<PlaceOrder>(&order).refused().await.unwrap();
    assert_eq!(
        (problem.status.as_u16(), problem.names()),
        (400, vec!["lines[0].quantity", "lines[1].item"])
    );
    assert_eq!(problem.reason("lines[1].item"), Some("must not be empty"));
    let filter = OrderFilter { limit: Some(101), ..OrderFilter::default() };
    assert_eq!(ann.send::<ListOrders>(&filter).refused().await.unwrap().names(), ["limit"]);
    let nothing = serde_json::json!({});
    assert_eq!(ann.send_as::<PlaceOrder>(&nothing).refused().await.unwrap().status, 400);
}

#[tokio::test]
async fn a_customer_does_not_see_the_orders_of_others() {
    let app = app();
    let (ann, bob, clerk) =
        (user(&app, "ann", "customer"), user(&app, "bob", "customer"), user(&app, "carl", "clerk"));
    let order = place(&ann).await;
    let id = OrderId { id: order.id };
    assert_eq!(bob.send::<GetOrder>(&id).refused().await.unwrap().status, 404);
    let changed = ChangedOrder { id: order.id, lines: tea(1).lines };
    assert_eq!(bob.send::<ChangeOrder>(&changed).refused().await.unwrap().status, 404);
    assert_eq!(bob.send::<ListOrders>(&OrderFilter::default()).await.unwrap().len(), 1);
    assert_eq!(*clerk.send::<GetOrder>(&id).await.unwrap(), order);
    assert_eq!(clerk.send::<ListOrders>(&OrderFilter::default()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn roles_determine_who_ships_and_who_deletes() {
    let app = app();
    let (ann, clerk, admin) =
        (user(&app, "ann", "customer"), user(&app, "carl", "clerk"), user(&app, "dora", "admin"));
    let order = place(&ann).await;
    let shipment = Shipment { id: order.id, carrier: "Post".into() };
    assert_eq!(ann.send::<ShipOrder>(&shipment).refused().await.unwrap().status, 403);
    assert_eq!(clerk.send::<ShipOrder>(&shipment).await.unwrap().status, Status::Shipped);
    let again = clerk.send::<ShipOrder>(&shipment).refused().await.unwrap();
    assert_eq!(
        (again.status.as_u16(), again.detail.as_deref()),
        (409, Some("the order is on its way already"))
    );
    let changed = ChangedOrder { id: order.id, lines: tea(1).lines };
    assert_eq!(ann.send::<ChangeOrder>(&changed).refused().await.unwrap().status, 409);

    let id = OrderId { id: order.id };
    assert_eq!(clerk.send::<DeleteOrder>(&id).refused().await.unwrap().status, 403);
    assert_eq!(admin.send::<DeleteOrder>(&id).await.unwrap().status(), 204);
    assert_eq!(admin.send::<DeleteOrder>(&id).refused().await.unwrap().status, 404);
}

#[tokio::test]
async fn an_invoice_is_uploaded_and_downloaded() {
    let app = app();
    let (ann, bob, clerk) =
        (user(&app, "ann", "customer"), user(&app, "bob", "customer"), user(&app, "carl", "clerk"));
    let id = OrderId { id: place(&ann).await.id };
    let put =
        |bytes: &'static [u8]| clerk.send_as::<PutInvoice>(&id).body("application/pdf", bytes);
    assert_eq!(ann.send::<GetInvoice>(&id).refused().await.unwrap().status, 404);
    assert_eq!(put(b"hello").refused().await.unwrap().status, 400);
    assert_eq!(put(b"%PDF-1.7 hello").await.unwrap().status(), 204);
    let text = clerk.send_as::<PutInvoice>(&id).body("text/plain", "hello").refused().await;
    assert_eq!(text.unwrap().status, 415);

    let file = ann.send::<GetInvoice>(&id).answer().await.unwrap();
    assert_eq!(file.text(), "%PDF-1.7 hello");
    assert_eq!(file.header("content-type"), Some("application/pdf"));
    let name = format!("filename=\"invoice-{}.pdf\"", id.id);
    assert!(file.header("content-disposition").unwrap().contains(&name), "{file}");
    assert_eq!(bob.send::<GetInvoice>(&id).refused().await.unwrap().status, 404);
    let other = clerk.send_as::<PutInvoice>(&OrderId { id: 99 });
    assert_eq!(other.body("application/pdf", "%PDF-").refused().await.unwrap().status, 404);
}

#[tokio::test]
async fn the_feed_streams_every_event_of_a_customer_s_own_orders() {
    let app = app();
    let (ann, bob, clerk) =
        (user(&app, "ann", "customer"), user(&app, "bob", "customer"), user(&app, "carl", "clerk"));
    let ticket = ann.send::<GetTicket>(&()).await.unwrap();
    // Authenticated by the ticket only, as a page's `EventSource` is.
    let mut feed = app.events_as::<FollowOrders>(&*ticket).await.unwrap();
    let mut shop = clerk.events::<FollowOrders>(&()).await.unwrap();
    assert_eq!(feed.next().await.unwrap().name, "ready");
    assert_eq!(shop.next().await.unwrap().name, "ready");

    let of_bob = place(&bob).await;
    let of_ann = place(&ann).await;
    assert_eq!(feed.next_event().await.unwrap(), OrderEvent::Placed(of_ann.clone()));
    assert_eq!(shop.next_event().await.unwrap(), OrderEvent::Placed(of_bob));
    assert_eq!(shop.next_event().await.unwrap(), OrderEvent::Placed(of_ann.clone()));

    let shipment = Shipment { id: of_ann.id, carrier: "Post".into() };
    clerk.send::<ShipOrder>(&shipment).await.unwrap();
    feed.reconnect().await.unwrap();
    let shipped = OrderEvent::Shipped { id: of_ann.id, carrier: "Post".into() };
    assert_eq!(feed.next_event().await.unwrap(), shipped);
    assert!(app.events::<FollowOrders>(&()).await.unwrap().next().await.is_err());
}

#[tokio::test]
async fn the_api_behaves_the_same_over_a_socket() {
    for app in [
        TestApp::http1(application(Store::in_memory().unwrap())).await.unwrap(),
        TestApp::http2(application(Store::in_memory().unwrap())).await.unwrap(),
    ] {
        let app = app.with_cookies();
        let dora = Credentials { name: "dora".into(), password: "keys-to-it-all".into() };
        app.send::<SignIn>(&dora).await.unwrap();
        let mut feed = app.events::<FollowOrders>(&()).await.unwrap();
        let order = place(&app).await;
        assert_eq!(feed.next_event().await.unwrap(), OrderEvent::Placed(order));
    }
}

#[tokio::test]
async fn the_number_of_a_deleted_order_is_not_given_again() {
    let app = app();
    let (ann, dora) = (user(&app, "ann", "customer"), user(&app, "dora", "admin"));
    let id = place(&ann).await.id;
    dora.send::<DeleteOrder>(&OrderId { id }).await.unwrap();
    assert_eq!(place(&ann).await.id, id + 1);
}
