//! An incremental parser of the chunked transfer coding (RFC 9112 §7.1).

/// Returns the next complete chunk and the number of bytes it took, or `None` if it is incomplete.
/// The last chunk is empty.
pub(crate) fn next_chunk(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let line = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let digits = std::str::from_utf8(bytes.get(..line)?).unwrap();
    let size = usize::from_str_radix(digits, 16).unwrap();
    let start = line + 2;
    let end = start + size;
    let close = bytes.get(end..end + 2)?;
    assert_eq!(close, b"\r\n", "a chunk of {size} bytes has the announced size");
    Some((bytes.get(start..end)?.to_vec(), end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_returned_once_it_is_complete() {
        assert_eq!(next_chunk(b"3\r\nab"), None);
        assert_eq!(next_chunk(b"3\r\nabc\r\n0"), Some((b"abc".to_vec(), 8)));
        assert_eq!(next_chunk(b"0\r\n\r\n"), Some((Vec::new(), 5)));
    }
}
