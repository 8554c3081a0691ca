//! Masking of the `retry` values of a stream, which are random unless configured.

/// Returns the body with each `retry` masked, and the masked values in ms.
pub(super) fn masked(body: &str) -> (String, Vec<u64>) {
    let mut waits = Vec::new();
    let mut text = String::new();
    for line in body.split_inclusive('\n') {
        match line.strip_prefix("retry: ") {
            Some(wait) => {
                waits.push(wait.trim_end_matches('\n').parse().unwrap());
                text.push_str("retry: -\n");
            }
            None => text.push_str(line),
        }
    }
    (text, waits)
}
