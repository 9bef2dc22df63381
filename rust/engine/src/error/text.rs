//! Causes that DataFusion gives as text only: the phrases by which they are told apart.

use polybolos_protocol::{Code, Error};

/// Errors of planning.
pub(super) fn plan(message: &str) -> Error {
    let message = first_line(message);
    if let Some(name) = between(&message, "table '", "' not found") {
        let name = name.rsplit('.').next().unwrap_or(name).to_owned();
        return Error::new(Code::TableNotFound, format!("no table or view named '{name}'")).param("name", name);
    }
    if let Some(name) = between(&message, "Invalid function '", "'") {
        let name = name.to_owned();
        return Error::new(Code::UnresolvedFunction, format!("no function named '{name}'")).param("name", name);
    }
    let code = PLAN_PHRASES.iter().find(|(phrase, _)| message.contains(phrase)).map_or(Code::InvalidExpression, |(_, code)| *code);
    Error::new(code, message)
}

const PLAN_PHRASES: &[(&str, Code)] = &[
    ("There is no built-in", Code::InvalidArgument),
    ("failed to resolve schema", Code::TableNotFound),
    ("failed to resolve catalog", Code::TableNotFound),
    ("No field named", Code::UnresolvedColumn),
    ("Placeholder", Code::ParameterMismatch),
    ("placeholder", Code::ParameterMismatch),
    ("already exists", Code::AlreadyExists),
    ("No function matches the given name and argument types", Code::TypeMismatch),
    ("Cannot automatically convert", Code::TypeMismatch),
    ("coercion", Code::TypeMismatch),
    ("coerce", Code::TypeMismatch),
    ("Cannot infer common argument type", Code::TypeMismatch),
    ("Cannot get result type", Code::TypeMismatch),
    ("data type", Code::TypeMismatch),
    ("Data type", Code::TypeMismatch),
    ("must be BOOLEAN", Code::TypeMismatch),
    ("boolean", Code::TypeMismatch),
    ("does not support type", Code::TypeMismatch),
    ("Unsupported CAST", Code::TypeMismatch),
    ("Cannot cast", Code::CastFailed),
    ("No files found at", Code::FileNotFound),
    ("Column count doesn't match", Code::TypeMismatch),
    ("Projections require unique expression names", Code::DuplicateColumn),
    ("duplicate", Code::DuplicateColumn),
    ("Division by zero", Code::DivisionByZero),
];

/// Errors of running operators and functions.
pub(super) fn execution(message: &str) -> Error {
    let message = first_line(message);
    Error::new(runtime_code(&message).unwrap_or(Code::InvalidArgument), message)
}

/// Errors of other libraries, whose types are not ours to know.
pub(super) fn foreign(message: &str) -> Error {
    // This one shows the pattern and the place in it on lines of its own.
    let code = if message.starts_with("regex parse error") { Code::InvalidArgument } else { Code::External };
    let message = if code == Code::External { first_line(message) } else { message.to_owned() };
    Error::new(code, message)
}

/// Errors of Arrow's compute kernels.
pub(super) fn kernel(message: &str) -> Error {
    let message = first_line(message);
    Error::new(runtime_code(&message).unwrap_or(Code::InvalidArgument), message)
}

fn runtime_code(message: &str) -> Option<Code> {
    if is_damage(message) {
        return Some(Code::DataCorrupt);
    }
    RUNTIME_PHRASES.iter().find(|(phrase, _)| message.contains(phrase)).map(|(_, code)| *code)
}

const RUNTIME_PHRASES: &[(&str, Code)] = &[
    ("more than one row", Code::CardinalityViolation),
    ("ivide by zero", Code::DivisionByZero),
    ("ivision by zero", Code::DivisionByZero),
    ("is too large to store in a Decimal", Code::NumericOverflow),
    ("is too small to store in a Decimal", Code::NumericOverflow),
    ("Error parsing", Code::CastFailed),
    ("out of range", Code::NumericOverflow),
    ("out of bounds", Code::InvalidArgument),
    ("verflow", Code::NumericOverflow),
    ("Cannot cast", Code::CastFailed),
    ("cast", Code::CastFailed),
    ("declared as non-nullable", Code::DataInvalid),
    ("Magic", Code::DataCorrupt),
    ("Corrupt", Code::DataCorrupt),
];

/// Whether a text is what readers and decompressors say of damaged bytes.
pub(super) fn is_damage(message: &str) -> bool {
    DAMAGE_PHRASES.iter().any(|phrase| message.contains(phrase))
}

const DAMAGE_PHRASES: &[&str] = &[
    "DecompressionError",
    "corrupt deflate stream",
    "Offset invariant failure",
    "Invalid UTF8 sequence",
    "non UTF-8 data",
    "null_count value",
    "refers to node not found in schema",
];

/// A memory pool's refusal: `Failed to allocate additional 10.0 MB for SortExec[0] with ...`.
pub(super) fn exhausted(message: &str) -> Error {
    let operator = between(message, " for ", " with ").or_else(|| between(message, "for ", "[")).map(str::to_owned);
    let text = match &operator {
        Some(operator) => format!(
            "not enough memory for {operator}: {}",
            message.lines().find(|line| line.contains("Failed to allocate")).unwrap_or(message)
        ),
        None => first_line(message),
    };
    let error = Error::new(Code::ResourcesExhausted, text);
    match operator {
        Some(operator) => error.param("operator", operator),
        None => error,
    }
}

/// Whether a text of an output error is DataFusion's word for spill space that is used up.
pub(super) fn is_spill_full(message: &str) -> bool {
    message.contains("used disk space during the spilling process")
}

/// The first line, without a final period and without the advice that DataFusion appends.
pub(super) fn first_line(message: &str) -> String {
    let line = message.lines().find(|line| !line.trim().is_empty()).unwrap_or(message);
    let line = line.split("This issue was likely caused by a bug").next().unwrap_or(line);
    line.trim().trim_end_matches('.').to_owned()
}

/// A parser's message without its own prefix.
pub(super) fn without_prefix(message: &str) -> String {
    let message = first_line(message);
    let stripped = message.strip_prefix("sql parser error: ").unwrap_or(&message);
    stripped.strip_prefix("ParserError: ").unwrap_or(stripped).to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}
