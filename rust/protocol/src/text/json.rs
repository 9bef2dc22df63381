//! Numbers of JSON, exact.

use std::borrow::Cow;

/// Puts numbers with a fraction or exponent in quotes, which protobuf's JSON allows. The JSON parser would round some of them to a
/// neighbour of the nearest float; as texts they are read exactly.
pub(super) fn quote_fractions(json: &str) -> Cow<'_, str> {
    let mut quoted = String::new();
    let (mut copied, mut at) = (0, 0);
    let bytes = json.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = number_end(bytes, at);
                let number = json.get(at..end).unwrap_or_default();
                if number.contains(['.', 'e', 'E']) && number.parse::<f64>().is_ok_and(f64::is_finite) {
                    quoted.push_str(json.get(copied..at).unwrap_or_default());
                    quoted.push_str(&format!("\"{number}\""));
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    quoted.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(quoted)
}

fn number_end(bytes: &[u8], from: usize) -> usize {
    let is_part = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
    from + bytes.iter().skip(from).take_while(|byte| is_part(byte)).count()
}

/// The place after the closing quote.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}
