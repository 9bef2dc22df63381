//! Errors that point into a SQL text: line, column, and the line itself with carets under the guilty part.

use std::ops::Range;

use datafusion::common::Span;
use polybolos_protocol::Error;
use polybolos_protocol::error::PlanPlace;
use polybolos_protocol::wire::flight::Precision;

const LINE_CHARS_MAX: usize = 120;

/// The error, pointing at a span of lines and columns (both from 1).
pub(super) fn at(error: Error, text: &str, span: Span) -> Error {
    let start = offset(text, span.start.line, span.start.column);
    let end = offset(text, span.end.line, span.end.column).max(start);
    at_range(error, text, start..end)
}

/// The error, pointing at a line and column.
pub(super) fn at_position(error: Error, text: &str, line: u64, column: u64) -> Error {
    let start = offset(text, line, column);
    at_range(error, text, start..start + word(text, start))
}

/// The error, pointing at a range of bytes.
pub(super) fn at_range(error: Error, text: &str, range: Range<usize>) -> Error {
    let message = format!("{} ({})\n{}", error.message(), position(text, range.start), underlined(text, &range));
    let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let place =
        PlanPlace { relation: 0, path: String::new(), precision: Precision::Exact, sql_range: (clip(range.start), clip(range.end)) };
    error.reworded(message).relocated(Some(place))
}

/// Where a name stands in the text, if it does so once.
pub(super) fn only_place(text: &str, name: &str) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    let mut places = lower.match_indices(&name).map(|(start, found)| start..start + found.len()).filter(|range| whole_word(&lower, range));
    let first = places.next()?;
    places.next().is_none().then_some(first)
}

fn whole_word(text: &str, range: &Range<usize>) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let after = text.get(range.end..).and_then(|after| after.chars().next());
    !before.is_some_and(letter) && !after.is_some_and(letter)
}

/// The byte offset of a line and column, both from 1, columns in characters.
fn offset(text: &str, line: u64, column: u64) -> usize {
    let skipped = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = if skipped == 0 { 0 } else { text.match_indices('\n').nth(skipped - 1).map_or(text.len(), |(position, _)| position + 1) };
    let rest = text.get(start..).unwrap_or_default();
    let columns = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    start + rest.char_indices().nth(columns).map_or(rest.len(), |(position, _)| position)
}

/// The bytes of the word that begins here.
fn word(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let letters = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    if letters > 0 { letters } else { rest.chars().next().map_or(0, char::len_utf8) }
}

fn line_bounds(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |position| position + 1);
    let end = text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |position| at + position);
    start..end
}

fn position(text: &str, at: usize) -> String {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

/// The line of the text with carets below the range.
fn underlined(text: &str, range: &Range<usize>) -> String {
    let bounds = line_bounds(text, range.start);
    let line = text.get(bounds.clone()).unwrap_or_default();
    let before = text.get(bounds.start..range.start.min(bounds.end)).unwrap_or_default().chars().count();
    let marked = text
        .get(range.start.min(bounds.end)..range.end.clamp(range.start.min(bounds.end), bounds.end))
        .unwrap_or_default()
        .chars()
        .count()
        .max(1);
    // A long line is shown around the carets only.
    let skipped = before.saturating_sub(LINE_CHARS_MAX / 2);
    let shown: String = line.chars().skip(skipped).take(LINE_CHARS_MAX).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let marked = marked.min(LINE_CHARS_MAX.saturating_sub(before - skipped)).max(1);
    format!("  {}\n  {}{}", shown.trim_end(), " ".repeat(before - skipped), "^".repeat(marked))
}
