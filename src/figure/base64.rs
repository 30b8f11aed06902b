//! Bytes as base64 with padding (RFC 4648), for pictures in SVG and numbers in XML.

/// Bytes as text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut word = [0; 3];
        word[..group.len()].copy_from_slice(group);
        let word = u32::from_be_bytes([0, word[0], word[1], word[2]]);
        for digit in 0..4 {
            let used = digit <= group.len();
            out.push(if used { DIGITS[(word >> (18 - 6 * digit) & 63) as usize] as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The inverse of [`encode`].
    pub(crate) fn decode(text: &str) -> Vec<u8> {
        let digit = |c: u8| match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => 0,
        };
        let padding = text.bytes().rev().take_while(|c| *c == b'=').count();
        let groups = text.as_bytes().chunks(4);
        let mut out: Vec<u8> = groups
            .flat_map(|g| {
                g.iter().fold(0u32, |word, c| word << 6 | u32::from(digit(*c))).to_be_bytes().into_iter().skip(1)
            })
            .collect();
        out.truncate(out.len() - padding);
        out
    }

    #[test]
    fn as_in_the_standard() {
        let encoded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|t| encode(t.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(encode(&[0xFB, 0xFF, 0xFE]), "+//+");
        let bytes: Vec<u8> = (0..=255).collect();
        assert!((0..4).all(|n| decode(&encode(&bytes[n..])) == bytes[n..]));
    }
}
