//! An application that forgot the line `use billing as _;`.

use accounts as _;
use hyperpoint::Host;

#[test]
fn it_has_the_endpoints_of_the_crate_that_it_names() {
    let app = Host::new().build().unwrap();
    assert_eq!(app.routes(), ["GET     /accounts/{id}  accounts::get_account::GetAccount"]);
}
