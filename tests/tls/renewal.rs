//! Certificates that are renewed while the host serves.

use std::time::Duration;

use hyperpoint::{Running, Tls};
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::client::{Client, Version};
use crate::pairs::{Folder, Pair, start};

const LOOK: Duration = Duration::from_millis(10);

async fn shown(host: &Running, of: &[&CertificateDer<'static>]) -> CertificateDer<'static> {
    Client::connect(host.address(), "a.example", of, &[]).await.unwrap().shown()
}

async fn until_shown(host: &Running, new: &Pair, of: &[&CertificateDer<'static>]) {
    let renewed = async {
        while shown(host, of).await != new.certificate {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), renewed).await.unwrap();
}

#[tokio::test]
async fn new_connections_get_a_renewed_certificate_and_open_ones_stay_open() {
    let (folder, old, new) = (Folder::new(), Pair::new("a.example"), Pair::new("a.example"));
    let (pem, key) = folder.write("a", &old);
    let host = start::<Version>(Tls::files(pem, key).look_again(LOOK)).await;
    let of = [&old.certificate, &new.certificate];
    let mut open = Client::connect(host.address(), "a.example", &of, &[]).await.unwrap();
    assert_eq!(open.version().await, "HTTP/1.1");
    folder.write("a", &new);
    until_shown(&host, &new, &of).await;
    assert_eq!(open.version().await, "HTTP/1.1");
    assert_eq!(open.shown(), old.certificate);
}

#[tokio::test]
async fn an_invalid_renewed_file_changes_nothing_until_it_is_valid() {
    let (folder, old, new) = (Folder::new(), Pair::new("a.example"), Pair::new("a.example"));
    let (pem, key) = folder.write("a", &old);
    let host = start::<Version>(Tls::files(pem, key).look_again(LOOK)).await;
    let of = [&old.certificate, &new.certificate];
    folder.write_text("a.pem", &new.certificate_pem);
    tokio::time::sleep(10 * LOOK).await;
    assert_eq!(shown(&host, &of).await, old.certificate, "the key is still the old one");
    folder.write_text("a.key", &new.key_pem);
    until_shown(&host, &new, &of).await;
}
