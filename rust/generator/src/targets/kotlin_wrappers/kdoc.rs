//! The KDoc of a wrapper.

use crate::registry::{Arg, Function, Nulls};
use crate::targets::text;
use crate::types::Type;

use super::{WIDTH, source};

const EXAMPLES_MAX: usize = 3;
const MARGIN: &str = " * ";

pub(super) fn of(function: &Function) -> String {
    let mut paragraphs = vec![prose(&function.summary)];
    paragraphs.extend(function.description.as_ref().map(|text| prose(text.trim())));
    if function.nulls != Nulls::Custom {
        paragraphs.push(text::nulls(function).into());
    }
    paragraphs.extend(examples(function));
    paragraphs.push(tags(function).iter().map(|tag| wrapped(tag)).collect::<Vec<_>>().join("\n"));
    let text = paragraphs.join("\n\n");
    let lines: String = text.lines().map(|line| format!("{MARGIN}{line}").trim_end().to_owned() + "\n").collect();
    format!("/**\n{lines} */\n")
}

/// Text of the registry, line by line; one that is too long is broken.
fn prose(text: &str) -> String {
    escaped(text).lines().map(wrapped).collect::<Vec<_>>().join("\n")
}

/// Breaks a line that is too long.
fn wrapped(line: &str) -> String {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let room = lines.last().map_or(0, |line| (WIDTH - MARGIN.len()).saturating_sub(line.chars().count()));
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if word.chars().count() < room => last.push_str(&format!(" {word}")),
            _ => lines.push(word.into()),
        }
    }
    lines.join("\n")
}

/// Some examples; code cannot be escaped, so those that would end the comment or open another one stay out.
fn examples(function: &Function) -> Option<String> {
    let shown = function.examples.iter().map(|example| format!("{} -> {}", text::call(function, example), text::outcome(example)));
    let suitable = shown.filter(|line| MARGIN.len() + line.chars().count() <= WIDTH);
    let suitable = suitable.filter(|line| !["\n", "*/", "/*", "```"].iter().any(|part| line.contains(part)));
    let lines: Vec<String> = suitable.take(EXAMPLES_MAX).collect();
    (!lines.is_empty()).then(|| format!("```text\n{}\n```", lines.join("\n")))
}

fn tags(function: &Function) -> Vec<String> {
    let mut tags: Vec<String> = function.args.iter().map(argument).collect();
    tags.push(format!("@return {}", result_type(&function.returns)));
    if !function.errors.is_empty() {
        tags.push(format!("@throws io.polybolos.PolybolosException {}, when the query runs", function.errors.join(" or ")));
    }
    tags
}

fn argument(arg: &Arg) -> String {
    let remark = match (&arg.default, arg.optional, arg.variadic) {
        (Some(default), ..) => format!(", `{}` where it is left out", source(default)),
        (_, true, _) => ", may be left out".into(),
        (_, _, true) => ", any number".into(),
        _ => String::new(),
    };
    format!("@param {} `{}`{remark}: {}", arg.name, arg.ty, escaped(arg.doc.trim()))
}

fn result_type(ty: &Type) -> String {
    match ty {
        Type::Common(names) => format!("the common type of {}", names.join(" and ")),
        ty => format!("of type `{ty}`"),
    }
}

/// Text in which nothing but code is markup, and that neither ends the comment nor opens another one in it.
fn escaped(text: &str) -> String {
    let text = text.replace("*/", "*&#47;").replace("/*", "&#47;*");
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { escaped_words(part) } else { part.into() }).collect::<Vec<_>>().join("`")
}

/// Brackets would be links, an at sign a tag.
fn escaped_words(text: &str) -> String {
    text.replace('[', "\\[").replace(']', "\\]").replace('@', "&#64;")
}
