//! A database file that an older version of the API made.

use hyperpoint::Identity;
use hyperpoint_testing::TestApp;
use orders_api::orders::{Line, NewOrder, PlaceOrder};
use orders_api::{Store, application};

#[tokio::test]
async fn a_database_of_an_older_version_gets_the_tables_that_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    drop(Store::open(&path).unwrap());
    let older = rusqlite::Connection::open(&path).unwrap();
    older.execute_batch("DROP TABLE hyperpoint_outbox; DROP TABLE idempotency_keys").unwrap();
    drop(older);
    let app = TestApp::new(application(Store::open(&path).unwrap())).unwrap();
    let ann = app.user(Identity::user("ann").with_role("customer"));
    let tea = NewOrder { lines: vec![Line { item: "tea".into(), quantity: 1, cents: 300 }] };
    let placed = ann.send::<PlaceOrder>(&tea).header("idempotency-key", "1").await.unwrap();
    assert_eq!(placed.into_data().customer, "ann");
}
