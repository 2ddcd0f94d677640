//! Text within quotes.

/// Appends text with quotes around it.
pub(super) fn append_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    append_escaped(text, out);
    out.push(b'"');
}

/// Appends text as it may stand between quotes (RFC 8259, 7). What is no UTF-8 becomes U+FFFD.
pub(super) fn append_escaped(text: &[u8], out: &mut Vec<u8>) {
    if text.is_ascii() {
        return append_text(text, out);
    }
    for chunk in text.utf8_chunks() {
        append_text(chunk.valid().as_bytes(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

fn append_text(text: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut begin = 0;
    for (end, byte) in text.iter().enumerate() {
        if !matches!(byte, b'"' | b'\\' | ..=0x1f) {
            continue;
        }
        out.extend_from_slice(&text[begin..end]);
        begin = end + 1;
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
        }
    }
    out.extend_from_slice(&text[begin..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_json_reader_gives_the_text_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut out = Vec::new();
            append_string(&bytes, &mut out);
            let read: String = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read, String::from_utf8_lossy(&bytes));
        }
    }
}
