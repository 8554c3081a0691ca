//! An application without the line `use billing as _;`.

use accounts as _;
use hyperpoint::Host;

#[test]
fn an_application_has_only_the_endpoints_of_the_crates_it_names() {
    let app = Host::new().build().unwrap();
    assert_eq!(app.routes(), ["GET     /accounts/{id}  accounts::get_account::GetAccount"]);
}
