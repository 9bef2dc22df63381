//! Relations of one input that need its schema to mean something: the binder writes them out.

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::error::Code;
use crate::wire::plan::{
    CastFailure, ConformTo, Describe, DropColumns, DropNulls, Expression, FillNulls, Pivot, RenameColumns, ReplaceValues, Unpivot,
    WithColumns, expression, literal::Value,
};

impl Checker<'_> {
    pub(super) fn with_columns(&mut self, at: &Path, with: &WithColumns) {
        self.some(&at.field("columns"), &with.columns);
        self.named(at, "columns", &with.columns, false, Allowed::ITEMS);
        self.once(at, "columns", with.columns.iter().map(|column| column.name.as_str()));
    }

    /// Names that were looked at already, each of which may stand once.
    fn once<'n>(&mut self, at: &Path, field: &'static str, names: impl Iterator<Item = &'n str>) {
        let mut seen = std::collections::HashSet::new();
        for (i, name) in names.enumerate() {
            if !name.is_empty() && !seen.insert(name) {
                self.report.add(&at.item(field, i), Code::DuplicateColumn, format_args!("{name:?} stands twice in {field}"));
            }
        }
    }

    pub(super) fn rename(&mut self, at: &Path, rename: &RenameColumns) {
        self.some(&at.field("renames"), &rename.renames);
        for (i, rename) in rename.renames.iter().enumerate() {
            let at = at.item("renames", i);
            self.name(&at.field("old_name"), &rename.old_name);
            self.name(&at.field("new_name"), &rename.new_name);
        }
        self.once(at, "renames", rename.renames.iter().map(|rename| rename.old_name.as_str()));
    }

    pub(super) fn drop_columns(&mut self, at: &Path, drop: &DropColumns) {
        self.some(&at.field("columns"), &drop.columns);
        for (i, column) in drop.columns.iter().enumerate() {
            self.column_ref(&at.item("columns", i), column);
        }
    }

    pub(super) fn conform(&mut self, at: &Path, conform: &ConformTo) {
        if let Some(schema) = self.required(&at.field("schema"), conform.schema.as_ref()) {
            self.schema(&at.field("schema"), schema);
        }
        self.choice::<CastFailure>(&at.field("on_failure"), conform.on_failure);
    }

    pub(super) fn pivot(&mut self, at: &Path, pivot: &Pivot) {
        self.named(at, "keys", &pivot.keys, false, Allowed::ROWS);
        self.expression(&at.field("column"), pivot.column.as_ref(), Allowed::ROWS);
        for (i, value) in pivot.values.iter().enumerate() {
            self.literal(&at.item("values", i), value);
        }
        self.some(&at.field("measures"), &pivot.measures);
        self.named(at, "measures", &pivot.measures, false, Allowed::MEASURES);
    }

    pub(super) fn unpivot(&mut self, at: &Path, unpivot: &Unpivot) {
        self.bare_columns(at, "ids", &unpivot.ids);
        self.bare_columns(at, "values", &unpivot.values);
        self.name(&at.field("name_column"), &unpivot.name_column);
        self.name(&at.field("value_column"), &unpivot.value_column);
    }

    fn bare_columns(&mut self, at: &Path, field: &'static str, list: &[Expression]) {
        self.expressions(at, field, list, Allowed::ROWS);
        for (i, expression) in list.iter().enumerate() {
            if !matches!(expression.kind, Some(expression::Kind::Column(_))) {
                self.misplaced(&at.item(field, i), format_args!("{field} are bare columns"));
            }
        }
    }

    pub(super) fn fill_nulls(&mut self, at: &Path, fill: &FillNulls) {
        self.some(&at.field("fills"), &fill.fills);
        for (i, fill) in fill.fills.iter().enumerate() {
            let at = at.item("fills", i);
            self.identifier(&at.field("column"), &fill.column);
            let at = at.field("value");
            let Some(value) = self.required(&at, fill.value.as_ref()) else {
                continue;
            };
            self.literal(&at, value);
            if matches!(value.value, Some(Value::NullValue(_))) {
                self.invalid(&at, format_args!("nulls cannot be filled with null"));
            }
        }
    }

    pub(super) fn drop_nulls(&mut self, at: &Path, drop: &DropNulls) {
        self.distinct_names(at, "columns", drop.columns.iter().map(String::as_str));
    }

    pub(super) fn replace(&mut self, at: &Path, replace: &ReplaceValues) {
        self.distinct_names(at, "columns", replace.columns.iter().map(String::as_str));
        self.some(&at.field("pairs"), &replace.pairs);
        for (i, pair) in replace.pairs.iter().enumerate() {
            let at = at.item("pairs", i);
            for (name, value) in [("old_value", &pair.old_value), ("new_value", &pair.new_value)] {
                let at = at.field(name);
                if let Some(value) = self.required(&at, value.as_ref()) {
                    self.literal(&at, value);
                }
            }
        }
    }

    pub(super) fn describe(&mut self, at: &Path, describe: &Describe) {
        self.distinct_names(at, "columns", describe.columns.iter().map(String::as_str));
        self.distinct_names(at, "statistics", describe.statistics.iter().map(String::as_str));
        for (i, statistic) in describe.statistics.iter().enumerate() {
            if !is_statistic(statistic) {
                let known = STATISTICS.join(", ");
                self.invalid(&at.item("statistics", i), format_args!("a statistic is {known} or a percentile such as 25%"));
            }
        }
    }
}

const STATISTICS: [&str; 6] = ["count", "null_count", "mean", "std", "min", "max"];

fn is_statistic(name: &str) -> bool {
    let percentile = name.strip_suffix('%').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let percentile = percentile.and_then(|digits| digits.parse::<f64>().ok());
    STATISTICS.contains(&name) || percentile.is_some_and(|percent| (0.0..=100.0).contains(&percent))
}
