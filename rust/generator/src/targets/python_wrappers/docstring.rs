//! The docstring of a wrapper, in the style of Google.

use crate::registry::{Arg, Function, Nulls};
use crate::targets::text;
use crate::types::Type;

use super::{examples, identifier};

const MARGIN: &str = "    ";
/// Of the text of an argument, without its margin.
const WIDTH: usize = 120;

pub(super) fn of(function: &Function) -> String {
    let text = paragraphs(function).join("\n\n");
    let raw = if text.contains('\\') { "r" } else { "" };
    format!("{raw}\"\"\"{text}\n\"\"\"").lines().map(|line| indented(MARGIN, line)).collect()
}

fn indented(margin: &str, line: &str) -> String {
    if line.is_empty() { "\n".into() } else { format!("{margin}{line}\n") }
}

fn paragraphs(function: &Function) -> Vec<String> {
    let mut paragraphs = vec![function.summary.clone()];
    paragraphs.extend(function.description.as_ref().map(|text| text.trim().to_owned()));
    if function.nulls != Nulls::Custom {
        paragraphs.push(text::nulls(function).into());
    }
    if !function.args.is_empty() {
        paragraphs.push(section("Args", &function.args.iter().map(argument).collect::<String>()));
    }
    paragraphs.push(section("Returns", &format!("Expr: of {}.", result_type(&function.returns))));
    if !function.errors.is_empty() {
        let errors = format!("Error: {}, when the query runs.", function.errors.join(" or "));
        paragraphs.push(section("Raises", &errors));
    }
    paragraphs.push(section("Example", &examples::of(function)));
    paragraphs
}

fn section(title: &str, text: &str) -> String {
    let lines: String = text.lines().map(|line| indented(MARGIN, line)).collect();
    format!("{title}:\n{}", lines.trim_end())
}

fn argument(arg: &Arg) -> String {
    let star = if arg.variadic { "*" } else { "" };
    let optional = if arg.optional { ", optional" } else { "" };
    wrapped(&format!("{star}{} ({}{optional}): {}", identifier(&arg.name), arg.ty, arg.doc))
}

fn result_type(ty: &Type) -> String {
    match ty {
        Type::Common(names) => format!("the common type of {}", names.join(" and ")),
        ty => format!("type {ty}"),
    }
}

/// Breaks a text that is too long for a line; what follows the first line is indented.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{MARGIN}{word}"));
        } else if let Some(last) = lines.last_mut() {
            last.push_str(if line > 0 { " " } else { "" });
            last.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
