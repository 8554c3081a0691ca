//! Invalid certificates are reported at start-up, all at once.

use hyperpoint::{Host, Tls};

use crate::client::Version;
use crate::pairs::{Folder, Pair};

fn errors_of(tls: Tls) -> Vec<String> {
    let host = Host::empty().endpoint::<Version>().tls(tls);
    host.build().unwrap_err().config_errors().to_vec()
}

#[test]
fn each_invalid_file_is_reported_with_its_fault() {
    let (folder, one, other) = (Folder::new(), Pair::new("a.example"), Pair::new("b.example"));
    let (pem, key) = folder.write("one", &one);
    let (_, other_key) = folder.write("other", &other);
    let empty = folder.write_text("empty.pem", "");
    let told = errors_of(
        Tls::files(&pem, &other_key)
            .and_files(&empty, &key)
            .and_files(&pem, &empty)
            .and_files("/nowhere.pem", &key),
    );
    let expected = [
        format!("`{}` is not the key of `{}`: ", other_key.display(), pem.display()),
        format!("`{}` holds no certificate: write a PEM file", empty.display()),
        format!("`{}` holds no private key: ", empty.display()),
        "can't read `/nowhere.pem`: ".to_owned(),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(&format!("the host's `tls`: {expected}")), "{told}");
    }
    assert_eq!(errors_of(Tls::pem("", &*one.key_pem)).len(), 1);
}
