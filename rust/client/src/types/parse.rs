//! Types by name, as plans print them; the usual names of SQL are understood too.
//!
//! ```text
//! null bool int8..int64 uint8..uint64 float16 float32 float64 string binary date
//! decimal(p, s)   time(unit)   timestamp(unit)   timestamp(unit, zone)   duration(unit)   interval     unit = s | ms | us | ns
//! binary(n)   list<T>   list<T not null>   list<T, n>   struct<name T, ...>   map<K, V>
//! ```

use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::data_type::Kind;
use polybolos_protocol::{Error, Result};

use super::{duration, of, primitive, time, timestamp};

/// Types nest at most this deep, as in `limits`.
const DEPTH_MAX: u32 = 32;

pub(super) fn data_type(text: &str) -> Result<pb::DataType> {
    let mut parser = Parser { rest: text };
    let ty = parser.ty(0).filter(|_| parser.rest.trim().is_empty());
    ty.ok_or_else(|| {
        Error::invalid_argument(format!(
            "no type is named {text:?}; examples: int64, string, decimal(10, 2), timestamp(us, UTC), list<int64>"
        ))
    })
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn ty(&mut self, depth: u32) -> Option<pb::DataType> {
        if depth >= DEPTH_MAX {
            return None;
        }
        let name = self.word()?.to_ascii_lowercase();
        match name.as_str() {
            "list" => self.list(depth),
            "struct" => self.structure(depth),
            "map" => self.map(depth),
            "decimal" | "numeric" => self.decimal(),
            "timestamp" => self.timestamp(),
            "timestamptz" => Some(timestamp(pb::TimeUnit::Micro, Some("UTC"))),
            "time" => self.unit().map(time),
            "duration" => self.unit().map(duration),
            "binary" => self.binary(),
            "interval" => Some(of(Kind::Interval(pb::IntervalType { unit: pb::IntervalUnit::MonthDayNano as i32 }))),
            _ => named(&name).map(primitive),
        }
    }

    fn list(&mut self, depth: u32) -> Option<pb::DataType> {
        self.expect('<')?;
        let element = Some(Box::new(self.ty(depth + 1)?));
        let element_not_null = self.not_null();
        let fixed_size = match self.expect(',') {
            Some(()) => Some(self.word()?.parse().ok()?),
            None => None,
        };
        self.expect('>')?;
        let list = pb::ListType { element, element_not_null, fixed_size };
        Some(of(Kind::ListType(Box::new(list))))
    }

    fn structure(&mut self, depth: u32) -> Option<pb::DataType> {
        self.expect('<')?;
        let mut fields = Vec::new();
        loop {
            let name = self.word()?.to_owned();
            // `name T` is how plans print a field, `name: T` how most people write one.
            let _ = self.expect(':');
            let ty = Some(self.ty(depth + 1)?);
            fields.push(pb::Field { name, r#type: ty, not_null: self.not_null(), ..Default::default() });
            if self.expect(',').is_none() {
                break;
            }
        }
        self.expect('>')?;
        Some(of(Kind::StructType(pb::StructType { fields })))
    }

    fn map(&mut self, depth: u32) -> Option<pb::DataType> {
        self.expect('<')?;
        let key = self.ty(depth + 1)?;
        self.expect(',')?;
        let value = self.ty(depth + 1)?;
        let value_not_null = self.not_null();
        self.expect('>')?;
        let map = pb::MapType { key: Some(Box::new(key)), value: Some(Box::new(value)), value_not_null };
        Some(of(Kind::MapType(Box::new(map))))
    }

    /// `(n)` for a fixed width, or any length.
    fn binary(&mut self) -> Option<pb::DataType> {
        if self.expect('(').is_none() {
            return Some(primitive(pb::Primitive::Binary));
        }
        let width = self.word()?.parse().ok()?;
        self.expect(')')?;
        Some(of(Kind::FixedBinary(pb::FixedBinaryType { width })))
    }

    fn not_null(&mut self) -> bool {
        let before = self.rest;
        let said = self.word() == Some("not") && self.word() == Some("null");
        if !said {
            self.rest = before;
        }
        said
    }

    fn decimal(&mut self) -> Option<pb::DataType> {
        self.expect('(')?;
        let precision = self.word()?.parse().ok().filter(|precision| (1..=76).contains(precision))?;
        let scale = match self.expect(',') {
            Some(()) => self.word()?.parse().ok()?,
            None => 0,
        };
        self.expect(')')?;
        Some(of(Kind::Decimal(pb::DecimalType { precision, scale })))
    }

    fn timestamp(&mut self) -> Option<pb::DataType> {
        if self.expect('(').is_none() {
            return Some(timestamp(pb::TimeUnit::Micro, None));
        }
        let unit = unit(self.word()?)?;
        let zone = self.expect(',').and_then(|()| self.until(')')).map(|zone| zone.trim_matches(['\'', '"']));
        self.expect(')')?;
        Some(timestamp(unit, zone))
    }

    /// `(unit)`, or microseconds.
    fn unit(&mut self) -> Option<pb::TimeUnit> {
        if self.expect('(').is_none() {
            return Some(pb::TimeUnit::Micro);
        }
        let unit = unit(self.word()?)?;
        self.expect(')')?;
        Some(unit)
    }

    fn word(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        self.rest = rest;
        Some(word)
    }

    fn until(&mut self, end: char) -> Option<&'a str> {
        let at = self.rest.find(end)?;
        let (text, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest;
        Some(text.trim())
    }

    fn expect(&mut self, symbol: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(symbol)?;
        Some(())
    }
}

fn unit(name: &str) -> Option<pb::TimeUnit> {
    match name {
        "s" => Some(pb::TimeUnit::Second),
        "ms" => Some(pb::TimeUnit::Milli),
        "us" => Some(pb::TimeUnit::Micro),
        "ns" => Some(pb::TimeUnit::Nano),
        _ => None,
    }
}

fn named(name: &str) -> Option<pb::Primitive> {
    use pb::Primitive as P;
    Some(match name {
        "null" => P::Null,
        "bool" | "boolean" => P::Bool,
        "int8" | "tinyint" => P::Int8,
        "int16" | "smallint" => P::Int16,
        "int32" | "int" | "integer" => P::Int32,
        "int64" | "bigint" | "long" => P::Int64,
        "uint8" => P::Uint8,
        "uint16" => P::Uint16,
        "uint32" => P::Uint32,
        "uint64" => P::Uint64,
        "float16" => P::Float16,
        "float32" | "float" | "real" => P::Float32,
        "float64" | "double" => P::Float64,
        "string" | "varchar" | "text" => P::String,
        "bytea" => P::Binary,
        "date" => P::Date,
        _ => return None,
    })
}
