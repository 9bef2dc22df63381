//! How deep a text nests, before a parser that recurses sees it.

use crate::error::{Code, Error, Result};
use crate::limits::MESSAGE_DEPTH_MAX;

/// Brackets of both kinds: a repeated message in a list takes two.
const TEXT_DEPTH_MAX: usize = 2 * MESSAGE_DEPTH_MAX as usize;

/// What the JSON parser itself allows.
const JSON_DEPTH_MAX: usize = 127;

pub(super) fn check_text(text: &str) -> Result<()> {
    check(text, TEXT_DEPTH_MAX, true)
}

pub(super) fn check_json(text: &str) -> Result<()> {
    check(text, JSON_DEPTH_MAX, false)
}

/// Counts open brackets outside of strings (and, in the text format, of comments).
fn check(text: &str, most: usize, is_text_format: bool) -> Result<()> {
    let mut depth = 0usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes, b'"'),
            b'\'' if is_text_format => skip_string(&mut bytes, b'\''),
            b'#' if is_text_format => while bytes.next().is_some_and(|(_, byte)| byte != b'\n') {},
            b'{' | b'[' => depth += 1,
            b'<' if is_text_format => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'>' if is_text_format => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            let message = format!("line {line}: brackets nest more than {most} deep; hoist deep expressions into shared_expressions");
            return Err(Error::new(Code::PlanTooDeep, message));
        }
    }
    Ok(())
}

/// Steps to the end of a string; one that ends with the line is left to the parser.
fn skip_string(bytes: &mut impl Iterator<Item = (usize, u8)>, quote: u8) {
    while let Some((_, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\n' => return,
            byte if byte == quote => return,
            _ => {}
        }
    }
}
