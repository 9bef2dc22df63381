//! The schema of a message: types that Arrow's converter knows, with the children that it expects.

use arrow_ipc::{Field, Precision, Schema, Type};
use polybolos_protocol::{Code, Error, Result};

use super::corrupt;

const DEPTH_MAX: usize = 32;
const FIELDS_MAX: usize = 10_000;
const FIXED_BYTES_MAX: i32 = 16 << 20;

/// Checks all fields, without recursion.
pub(super) fn check(schema: &Schema) -> Result<()> {
    let mut waiting: Vec<(Field, usize)> = schema.fields().into_iter().flatten().map(|field| (field, 1)).collect();
    let mut seen = 0;
    while let Some((field, depth)) = waiting.pop() {
        seen += 1;
        if seen > FIELDS_MAX {
            return Err(Error::new(Code::LimitExceeded, format!("an Arrow schema has more than {FIELDS_MAX} fields")));
        }
        if depth > DEPTH_MAX {
            return Err(Error::new(Code::LimitExceeded, format!("an Arrow schema nests deeper than {DEPTH_MAX} levels")));
        }
        check_field(&field)?;
        waiting.extend(field.children().into_iter().flatten().map(|child| (child, depth + 1)));
    }
    Ok(())
}

fn check_field(field: &Field) -> Result<()> {
    let name = field.name().unwrap_or_default();
    if !is_known(field) {
        return Err(corrupt(format!("the Arrow field '{}' has a type that there is not", name.chars().take(64).collect::<String>())));
    }
    if let Some(dictionary) = field.dictionary() {
        let keys = dictionary.indexType();
        if !keys.is_none_or(|keys| matches!(keys.bitWidth(), 8 | 16 | 32 | 64)) {
            return Err(corrupt("the keys of an Arrow dictionary have a width that there is not"));
        }
    }
    Ok(())
}

/// Whether the type is one of Arrow's, with as many children as it needs.
fn is_known(field: &Field) -> bool {
    let children = field.children().map_or(0, |children| children.len());
    match field.type_type() {
        Type::Null | Type::Bool | Type::Utf8 | Type::LargeUtf8 | Type::Binary | Type::LargeBinary | Type::Utf8View | Type::BinaryView => {
            children == 0
        }
        Type::Int => children == 0 && field.type_as_int().is_some_and(|int| matches!(int.bitWidth(), 8 | 16 | 32 | 64)),
        Type::FloatingPoint => {
            let known = |precision| matches!(precision, Precision::HALF | Precision::SINGLE | Precision::DOUBLE);
            children == 0 && field.type_as_floating_point().is_some_and(|float| known(float.precision()))
        }
        Type::Decimal => children == 0 && is_decimal(field),
        Type::Date => children == 0 && field.type_as_date().is_some_and(|date| matches!(date.unit().0, 0 | 1)),
        Type::Time => {
            children == 0 && field.type_as_time().is_some_and(|time| matches!((time.bitWidth(), time.unit().0), (32, 0 | 1) | (64, 2 | 3)))
        }
        Type::Timestamp => children == 0 && field.type_as_timestamp().is_some_and(|time| (0..=3).contains(&time.unit().0)),
        Type::Duration => children == 0 && field.type_as_duration().is_some_and(|duration| (0..=3).contains(&duration.unit().0)),
        Type::Interval => children == 0 && field.type_as_interval().is_some_and(|interval| (0..=2).contains(&interval.unit().0)),
        Type::FixedSizeBinary => {
            children == 0 && field.type_as_fixed_size_binary().is_some_and(|fixed| (0..=FIXED_BYTES_MAX).contains(&fixed.byteWidth()))
        }
        Type::List | Type::LargeList | Type::ListView | Type::LargeListView => children == 1,
        Type::FixedSizeList => children == 1 && field.type_as_fixed_size_list().is_some_and(|list| list.listSize() >= 0),
        Type::Struct_ => field.children().is_some(),
        Type::Map => children == 1 && is_map(field),
        Type::RunEndEncoded => children == 2,
        Type::Union => is_union(field, children),
        _ => false,
    }
}

fn is_decimal(field: &Field) -> bool {
    field.type_as_decimal().is_some_and(|decimal| {
        let most = match decimal.bitWidth() {
            32 => 9,
            64 => 18,
            128 => 38,
            256 => 76,
            _ => 0,
        };
        (1..=most).contains(&decimal.precision()) && (-most..=most).contains(&decimal.scale())
    })
}

fn is_map(field: &Field) -> bool {
    let entries = field.children().filter(|children| !children.is_empty()).map(|children| children.get(0));
    entries.is_some_and(|entries| entries.type_type() == Type::Struct_ && entries.children().is_some_and(|children| children.len() == 2))
}

fn is_union(field: &Field, children: usize) -> bool {
    field.type_as_union().is_some_and(|union| {
        let ids = union.typeIds().map(|ids| ids.iter().collect::<Vec<i32>>());
        let right_ids = ids.is_none_or(|ids| ids.len() == children && ids.iter().all(|id| (0..=127).contains(id)));
        matches!(union.mode().0, 0 | 1) && children <= 127 && right_ids
    })
}
