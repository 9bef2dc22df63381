//! DataFrame programs of the corpus: each builds the plan of the case of its name. They also make new cases: `make corpus` writes the
//! file of a program that has none, and its expected result, which DuckDB then has to confirm.

mod choices;
mod columns;
mod decimals;
mod frames;
mod grouping;
mod joins;
mod nested;
mod reshape;
mod rows;
mod sets;
mod temporal;
mod text;
mod values;

use polybolos_client::{DataFrame, Result, Session};

/// One program.
pub struct Program {
    /// `<area>/<name>` of its case.
    pub name: &'static str,
    /// What the case shows.
    pub about: &'static str,
    /// SQL for DuckDB that gives the same rows; or, after `no:`, why there is none.
    pub oracle: &'static str,
    /// Rows come in an order.
    pub ordered: bool,
    /// Builds the DataFrame.
    pub build: fn(&Session) -> Result<DataFrame>,
}

/// All programs.
pub fn all() -> Vec<Program> {
    let rooms = [
        choices::programs(),
        columns::programs(),
        decimals::programs(),
        frames::programs(),
        grouping::programs(),
        joins::programs(),
        nested::programs(),
        reshape::programs(),
        rows::programs(),
        sets::programs(),
        temporal::programs(),
        text::programs(),
        values::programs(),
    ];
    rooms.into_iter().flatten().collect()
}

/// A program whose rows come in any order.
fn program(name: &'static str, about: &'static str, oracle: &'static str, build: fn(&Session) -> Result<DataFrame>) -> Program {
    Program { name, about, oracle, ordered: false, build }
}

/// A program whose rows come in an order.
fn ordered(name: &'static str, about: &'static str, oracle: &'static str, build: fn(&Session) -> Result<DataFrame>) -> Program {
    Program { name, about, oracle, ordered: true, build }
}

fn people(session: &Session) -> Result<DataFrame> {
    session.read_parquet("people.parquet")
}

fn orders(session: &Session) -> Result<DataFrame> {
    session.read_parquet("orders.parquet")
}

fn numbers(session: &Session) -> Result<DataFrame> {
    session.read_parquet("numbers.parquet")
}

fn words(session: &Session) -> Result<DataFrame> {
    session.read_parquet("words.parquet")
}
