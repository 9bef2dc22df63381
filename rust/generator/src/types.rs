//! The notation of types: what may stand in `type`, `returns`, `of` and `null`.
//!
//! ```text
//! int64 | decimal(10,2) | list<string> | map<K,V>      a type
//! T U K V                                              a variable: the same type wherever it stands
//! numeric integer float temporal comparable ...        a class: any of its members
//! common(a,b)                                          in `returns`: the common supertype of those arguments
//! ```

use std::collections::BTreeMap;
use std::fmt;

/// A type, a class of types or a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A type without parameters, or a class, by its name.
    Plain(&'static str),
    /// A decimal with precision and scale.
    Decimal(u8, i8),
    /// A list of items of one type.
    List(Box<Type>),
    /// A map.
    Map(Box<Type>, Box<Type>),
    /// A type variable.
    Variable(char),
    /// The common supertype of the named arguments.
    Common(Vec<String>),
}

const CONCRETE: &[&str] = &[
    "null",
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "string",
    "binary",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "duration",
    "interval",
    "json",
    "struct",
];

const CLASSES: &[&str] =
    &["any", "numeric", "integer", "float", "temporal", "comparable", "decimal", "string_or_binary", "list_or_map", "lambda"];

const DECIMAL_DIGITS_MAX: u8 = 76;

impl Type {
    /// The type that a bare null or a plain integer takes where nothing else decides.
    pub const INT64: Type = Type::Plain("int64");

    /// Reads the notation; the error says what would be right.
    pub fn parse(text: &str) -> Result<Type, String> {
        let text = text.trim();
        if let Some(name) = CONCRETE.iter().chain(CLASSES).find(|name| **name == text) {
            return Ok(Type::Plain(name));
        }
        if let Some(inner) = parameters(text, "list", '<', '>') {
            return Ok(Type::List(Box::new(Type::parse(inner)?)));
        }
        if let Some(inner) = parameters(text, "map", '<', '>') {
            let (key, value) = split_pair(inner).ok_or_else(|| unknown(text))?;
            return Ok(Type::Map(Box::new(Type::parse(key)?), Box::new(Type::parse(value)?)));
        }
        if let Some(inner) = parameters(text, "decimal", '(', ')') {
            return decimal(inner).ok_or_else(|| unknown(text));
        }
        if let Some(inner) = parameters(text, "common", '(', ')') {
            return Ok(Type::Common(inner.split(',').map(|name| name.trim().to_owned()).collect()));
        }
        match (text.chars().next(), text.len()) {
            (Some(letter @ 'A'..='Z'), 1) => Ok(Type::Variable(letter)),
            _ => Err(unknown(text)),
        }
    }

    /// Whether a value can be of exactly this type.
    pub fn is_concrete(&self) -> bool {
        match self {
            Type::Plain(name) => CONCRETE.contains(name),
            Type::Decimal(..) => true,
            Type::List(item) => item.is_concrete(),
            Type::Map(key, value) => key.is_concrete() && value.is_concrete(),
            Type::Variable(_) | Type::Common(_) => false,
        }
    }

    /// The letters of the variables in it.
    pub fn variables(&self) -> Vec<char> {
        match self {
            Type::Variable(letter) => vec![*letter],
            Type::List(item) => item.variables(),
            Type::Map(key, value) => [key.variables(), value.variables()].concat(),
            _ => Vec::new(),
        }
    }

    /// Matches a pattern with an actual type and notes what each variable stands for; the first one wins.
    pub(crate) fn bind(&self, actual: &Type, bound: &mut BTreeMap<char, Type>) {
        match (self, actual) {
            (Type::Variable(letter), _) => {
                bound.entry(*letter).or_insert_with(|| actual.clone());
            }
            (Type::List(pattern), Type::List(item)) => pattern.bind(item, bound),
            (Type::Map(k, v), Type::Map(key, value)) => {
                k.bind(key, bound);
                v.bind(value, bound);
            }
            _ => {}
        }
    }

    /// The type with its variables replaced, if that makes it concrete.
    pub(crate) fn resolve(&self, bound: &BTreeMap<char, Type>) -> Option<Type> {
        let resolved = match self {
            Type::Variable(letter) => bound.get(letter)?.clone(),
            Type::List(item) => Type::List(Box::new(item.resolve(bound)?)),
            Type::Map(key, value) => Type::Map(Box::new(key.resolve(bound)?), Box::new(value.resolve(bound)?)),
            other => other.clone(),
        };
        resolved.is_concrete().then_some(resolved)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Plain(name) => f.write_str(name),
            Type::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Type::List(item) => write!(f, "list<{item}>"),
            Type::Map(key, value) => write!(f, "map<{key},{value}>"),
            Type::Variable(letter) => write!(f, "{letter}"),
            Type::Common(names) => write!(f, "common({})", names.join(",")),
        }
    }
}

fn unknown(text: &str) -> String {
    format!(
        "`{text}` is not a type; right are {}, decimal(p,s), list<..>, map<..,..>, the classes {}, a variable such as T, \
         or common(a,b) in `returns`",
        CONCRETE.join(" "),
        CLASSES.join(" ")
    )
}

fn parameters<'t>(text: &'t str, name: &str, open: char, close: char) -> Option<&'t str> {
    text.strip_prefix(name)?.strip_prefix(open)?.strip_suffix(close)
}

fn decimal(inner: &str) -> Option<Type> {
    let (precision, scale) = inner.split_once(',')?;
    let precision = precision.trim().parse::<u8>().ok().filter(|p| (1..=DECIMAL_DIGITS_MAX).contains(p))?;
    Some(Type::Decimal(precision, scale.trim().parse().ok()?))
}

/// Splits `a,b` at the comma that is outside of brackets.
fn split_pair(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    for (at, letter) in text.char_indices() {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}
