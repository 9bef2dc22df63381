//! Cuts SQL text into statements at the semicolons that are not inside quotes or comments.

/// The statements of a text, trimmed, without their semicolons; comments alone are no statement.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut rest = text;
    while let Some(end) = end_of_statement(rest) {
        let (statement, after) = rest.split_at(end);
        statements.push(statement);
        rest = after.get(1..).unwrap_or_default();
    }
    statements.push(rest);
    statements.into_iter().map(str::trim).filter(|statement| !is_blank(statement)).collect()
}

/// Whether the text ends with a finished statement (or holds none), so that a shell need not ask for more lines.
pub(crate) fn is_complete(text: &str) -> bool {
    let mut rest = text;
    while let Some(end) = end_of_statement(rest) {
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    is_blank(rest)
}

/// Byte position of the first semicolon outside quotes and comments.
fn end_of_statement(text: &str) -> Option<usize> {
    pieces(text).find(|piece| piece.kind == Kind::Semicolon).map(|piece| piece.start)
}

fn is_blank(text: &str) -> bool {
    pieces(text).all(|piece| piece.kind == Kind::Comment || text.get(piece.start..piece.end).unwrap_or_default().trim().is_empty())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Quoted,
    Comment,
    Semicolon,
}

struct Piece {
    kind: Kind,
    start: usize,
    end: usize,
}

/// The text in pieces: runs of code, quoted text, comments, semicolons.
fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let (kind, length) = first_piece(rest);
        let piece = Piece { kind, start, end: start + length };
        start = piece.end;
        Some(piece)
    })
}

fn first_piece(rest: &str) -> (Kind, usize) {
    let through = |opening: usize, closing: &str| {
        rest.get(opening..).and_then(|inner| inner.find(closing)).map_or(rest.len(), |at| opening + at + closing.len())
    };
    if rest.starts_with(';') {
        (Kind::Semicolon, 1)
    } else if rest.starts_with('\'') {
        (Kind::Quoted, through(1, "'"))
    } else if rest.starts_with('"') {
        (Kind::Quoted, through(1, "\""))
    } else if rest.starts_with("--") {
        (Kind::Comment, through(2, "\n"))
    } else if rest.starts_with("/*") {
        (Kind::Comment, through(2, "*/"))
    } else {
        (Kind::Code, code_length(rest))
    }
}

/// Up to the next character that may begin something else; at least one character.
fn code_length(rest: &str) -> usize {
    let first = rest.chars().next().map_or(1, char::len_utf8);
    let tail = rest.get(first..).unwrap_or_default();
    first + tail.find([';', '\'', '"', '-', '/']).unwrap_or(tail.len())
}

#[cfg(test)]
mod tests {
    use super::{is_complete, split};

    #[test]
    fn semicolons_in_quotes_and_comments_do_not_end_a_statement() {
        let text = "select ';' -- a; b\n, \"x;y\" /* ; */ ; select 'it''s; fine';\n-- the end;\n";
        assert_eq!(split(text), ["select ';' -- a; b\n, \"x;y\" /* ; */", "select 'it''s; fine'"]);
    }

    #[test]
    fn a_text_is_complete_only_after_its_last_semicolon() {
        assert!(is_complete("select 1;"));
        assert!(is_complete("  -- nothing\n"));
        assert!(!is_complete("select ';'"));
        assert!(!is_complete("select 1; select 2"));
        assert!(!is_complete("select 'open;"));
    }

    #[test]
    fn any_text_splits_without_panic() {
        for text in ["", ";", ";;", "'", "\"", "/*", "--", "é;ü", "- / ;", "/"] {
            split(text);
        }
    }
}
