//! Data types and schemas.

use super::check::Checker;
use super::place::Path;
use crate::limits::MESSAGE_DEPTH_MAX;
use crate::wire::plan::{
    DataType, DecimalType, ExtensionType, Field, IntervalUnit, ListType, MapType, Primitive, Schema, TimeUnit, TimestampType,
    data_type::Kind,
};

const DECIMAL_DIGITS_MAX: u32 = 76;

impl Checker<'_> {
    pub(super) fn schema(&mut self, at: &Path, schema: &Schema) {
        self.columns(at, &schema.fields, 0);
        self.key_values(at, "metadata", &schema.metadata);
    }

    /// Columns of a schema, or fields of a struct. Names may be empty and need not differ, as in Arrow.
    fn columns(&mut self, at: &Path, fields: &[Field], type_depth: u32) {
        if fields.len() as u64 > u64::from(self.limits.columns) {
            let error = self.limits.exceeded("columns", format_args!("{} has {} columns", at.name(), fields.len()));
            return self.push(at, error);
        }
        for (i, field) in fields.iter().enumerate() {
            self.column(&at.item("fields", i), field, type_depth);
        }
    }

    pub(super) fn column(&mut self, at: &Path, field: &Field, type_depth: u32) {
        self.identifier(&at.field("name"), &field.name);
        self.nested_type(&at.field("type"), field.r#type.as_ref(), type_depth);
        self.key_values(at, "metadata", &field.metadata);
    }

    pub(super) fn data_type(&mut self, at: &Path, ty: &DataType) {
        self.nested_type(at, Some(ty), 0);
    }

    /// A type inside `depth` others.
    fn nested_type(&mut self, at: &Path, ty: Option<&DataType>, depth: u32) {
        let Some(ty) = self.required(at, ty) else { return };
        if depth >= self.limits.type_depth || at.depth() > MESSAGE_DEPTH_MAX {
            let error = self.limits.exceeded("type_depth", format_args!("a data type nests more than {depth} levels"));
            return self.push(at, error);
        }
        let depth = depth + 1;
        match &ty.kind {
            None => self.missing(at, format_args!("a data type without a kind")),
            Some(Kind::Primitive(primitive)) => {
                self.choice::<Primitive>(&at.field("primitive"), *primitive);
            }
            Some(Kind::Decimal(decimal)) => self.decimal_type(&at.field("decimal"), decimal),
            Some(Kind::Timestamp(timestamp)) => self.timestamp_type(&at.field("timestamp"), timestamp),
            Some(Kind::Time(time)) => self.time_unit(&at.field("time"), time.unit),
            Some(Kind::Duration(duration)) => self.time_unit(&at.field("duration"), duration.unit),
            Some(Kind::Interval(interval)) => {
                self.choice::<IntervalUnit>(&at.field("interval").field("unit"), interval.unit);
            }
            Some(Kind::FixedBinary(binary)) => self.positive(&at.field("fixed_binary").field("width"), binary.width),
            Some(Kind::ListType(list)) => self.list_type(&at.field("list_type"), list, depth),
            Some(Kind::StructType(of)) => self.columns(&at.field("struct_type"), &of.fields, depth),
            Some(Kind::MapType(map)) => self.map_type(&at.field("map_type"), map, depth),
            Some(Kind::Extension(extension)) => self.extension_type(&at.field("extension"), extension, depth),
        }
    }

    fn decimal_type(&mut self, at: &Path, decimal: &DecimalType) {
        let DecimalType { precision, scale } = *decimal;
        if !(1..=DECIMAL_DIGITS_MAX).contains(&precision) {
            self.invalid(&at.field("precision"), format_args!("a decimal has 1 to {DECIMAL_DIGITS_MAX} digits, not {precision}"));
        } else if scale.unsigned_abs() > precision {
            self.invalid(&at.field("scale"), format_args!("scale {scale} is wider than the precision {precision}"));
        }
    }

    fn timestamp_type(&mut self, at: &Path, timestamp: &TimestampType) {
        self.time_unit(at, timestamp.unit);
        if let Some(zone) = &timestamp.zone {
            self.name(&at.field("zone"), zone);
        }
    }

    fn time_unit(&mut self, at: &Path, unit: i32) {
        self.choice::<TimeUnit>(&at.field("unit"), unit);
    }

    /// A width or length: Arrow counts them in 32 bits with a sign.
    fn positive(&mut self, at: &Path, number: u32) {
        if number == 0 || i32::try_from(number).is_err() {
            self.invalid(at, format_args!("{} is {number}; it lies between 1 and {}", at.name(), i32::MAX));
        }
    }

    fn list_type(&mut self, at: &Path, list: &ListType, depth: u32) {
        self.nested_type(&at.field("element"), list.element.as_deref(), depth);
        if let Some(size) = list.fixed_size {
            self.positive(&at.field("fixed_size"), size);
        }
    }

    fn map_type(&mut self, at: &Path, map: &MapType, depth: u32) {
        self.nested_type(&at.field("key"), map.key.as_deref(), depth);
        self.nested_type(&at.field("value"), map.value.as_deref(), depth);
    }

    fn extension_type(&mut self, at: &Path, extension: &ExtensionType, depth: u32) {
        self.name(&at.field("name"), &extension.name);
        self.nested_type(&at.field("storage"), extension.storage.as_deref(), depth);
        self.inline(&at.field("metadata"), extension.metadata.len());
        let nested = extension.storage.as_ref().is_some_and(|storage| matches!(storage.kind, Some(Kind::Extension(_))));
        if nested {
            self.invalid(&at.field("storage"), format_args!("an extension type is stored as an extension type"));
        }
    }
}
