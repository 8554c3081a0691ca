//! Several certificates, and how SNI selects one (RFC 6066 §3).

use hyperpoint::Tls;

use crate::client::{Client, Version};
use crate::pairs::{Folder, Pair, start};

#[tokio::test]
async fn a_client_gets_the_certificate_of_the_name_it_asks_for() {
    let (folder, first, other) = (Folder::new(), Pair::new("a.example"), Pair::new("*.b.example"));
    let (pem, key) = folder.write("first", &first);
    let (other_pem, other_key) = folder.write("other", &other);
    let host = start::<Version>(Tls::files(pem, key).and_files(other_pem, other_key)).await;
    let trusted = [&first.certificate, &other.certificate];
    let a = Client::connect(host.address(), "a.example", &trusted, &[]).await.unwrap();
    assert_eq!(a.shown(), first.certificate);
    let b = Client::connect(host.address(), "www.b.example", &trusted, &[]).await.unwrap();
    assert_eq!(b.shown(), other.certificate);
    // An unknown name gets the first certificate, which the client then refuses.
    let refused = Client::connect(host.address(), "c.example", &trusted, &[]).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("not valid for name")));
}
