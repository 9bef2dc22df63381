//! The contract's features that this engine has.

use std::fmt::{self, Write};

use polybolos_protocol::error::PlanPlace;
use polybolos_protocol::names::nearest;
use polybolos_protocol::wire::flight::Precision;
use polybolos_protocol::wire::plan::Plan;
use polybolos_protocol::{Code, Error, Result, features};

/// What the contract has and this engine does not; a name stands for all that begins with it.
const MISSING: [&str; 16] = [
    "cmd.cache.durable",
    "cmd.register_function",
    "cmd.drop.function",
    "cmd.write_files.other",
    "expr.foreign",
    "rel.as_of_join",
    "rel.cogrouped_map",
    "rel.grouped_map",
    "rel.map_batches",
    "rel.read_files.other",
    "rel.read_table.as_of_micros",
    "rel.read_table.snapshot",
    "rel.repartition.range",
    "rel.sample.replacement",
    "rel.table_function",
    "type.extension",
];

/// The features of this engine, sorted.
pub(crate) fn supported() -> Vec<String> {
    let missing =
        |feature: &&str| MISSING.iter().any(|name| feature.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    features::all().filter(|feature| !missing(feature)).map(str::to_owned).collect()
}

/// `PLAN_UNKNOWN_REQUIREMENT` for what the plan requires and this engine does not have: of the contract, or an extension.
pub(crate) fn check_requirements(plan: &Plan) -> Result<()> {
    if plan.requirements.is_empty() {
        return Ok(());
    }
    let supported = supported();
    match plan.requirements.iter().enumerate().find(|(_, requirement)| !supported.contains(requirement)) {
        None => Ok(()),
        Some((number, requirement)) => Err(unknown(number, requirement, &supported)),
    }
}

fn unknown(number: usize, requirement: &str, supported: &[String]) -> Error {
    let what = if features::is_type_url(requirement) { "extension" } else { "feature" };
    let message = format!("this engine does not have the {what} {requirement:?}, which the plan requires");
    let near = nearest(requirement, supported.iter().map(String::as_str));
    let path = format!("requirements[{number}]");
    Error::new(Code::PlanUnknownRequirement, message).param("requirement", requirement).with_candidates(near).relocated(Some(PlanPlace {
        relation: 0,
        path,
        precision: Precision::Exact,
        sql_range: (0, 0),
    }))
}

/// The name of a generated enum's variant in the contract's spelling, without writing out what is in it.
pub(crate) fn variant(value: &impl fmt::Debug) -> String {
    let mut head = Head::default();
    // Stops with an error at the first character after the name.
    let _: fmt::Result = write!(head, "{value:?}");
    let mut snake = String::with_capacity(head.0.len() + 4);
    for (index, letter) in head.0.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Takes letters and digits, then refuses.
#[derive(Default)]
struct Head(String);

impl Write for Head {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric());
        self.0.push_str(text.get(..end.unwrap_or(text.len())).unwrap_or_default());
        if end.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}
