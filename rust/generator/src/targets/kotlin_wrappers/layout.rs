//! Kotlin code that breaks its lines where they would be too long: a list one item per line, a sum one summand per line.

use super::WIDTH;

const INDENT: usize = 4;

/// A piece of code.
pub(super) enum Code {
    /// Never broken.
    Word(String),
    /// Items between brackets; what opens it ends with the bracket.
    List { open: String, items: Vec<Code>, close: String },
    /// Summands.
    Sum(Vec<Code>),
}

pub(super) fn word(text: impl Into<String>) -> Code {
    Code::Word(text.into())
}

pub(super) fn list(open: impl Into<String>, items: Vec<Code>, close: impl Into<String>) -> Code {
    Code::List { open: open.into(), items, close: close.into() }
}

pub(super) fn sum(summands: Vec<Code>) -> Code {
    Code::Sum(summands)
}

impl Code {
    /// The text for a place in a line that starts with so many blanks and ends with something; neither is part of the text.
    pub(super) fn laid_out(&self, indent: usize, after: &str) -> String {
        let line = self.line();
        if indent + line.chars().count() + after.chars().count() <= WIDTH {
            return line;
        }
        let margin = " ".repeat(indent + INDENT);
        match self {
            Code::Word(text) => text.clone(),
            Code::List { open, items, close } => {
                let item = |item: &Code| format!("{margin}{},\n", item.laid_out(indent + INDENT, ","));
                format!("{open}\n{}{}{close}", items.iter().map(item).collect::<String>(), " ".repeat(indent))
            }
            Code::Sum(summands) => {
                let inner = |at: usize| if at == 0 { indent } else { indent + INDENT };
                let summands: Vec<String> = summands.iter().enumerate().map(|(at, one)| one.laid_out(inner(at), " +")).collect();
                summands.join(&format!(" +\n{margin}"))
            }
        }
    }

    fn line(&self) -> String {
        match self {
            Code::Word(text) => text.clone(),
            Code::List { open, items, close } => format!("{open}{}{close}", lines(items, ", ")),
            Code::Sum(summands) => lines(summands, " + "),
        }
    }
}

fn lines(parts: &[Code], between: &str) -> String {
    parts.iter().map(Code::line).collect::<Vec<_>>().join(between)
}
