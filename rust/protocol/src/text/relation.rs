//! The lines of relations: what stands after the name of the kind and the inputs.

use super::display::{csv_name, identifier, parts_list, word};
use super::expression::Writer;
use super::literal::{list, name, text, write_literal, write_schema};
use crate::wire::plan::relation::Kind;
use crate::wire::plan::repartition::Scheme;
use crate::wire::plan::{
    Aggregate, AsOfDirection, AsOfJoin, CastFailure, CoGroupedMap, ConformTo, Describe, Distinct, DropColumns, DropNulls, FillNulls,
    Filter, GroupedMap, GroupingMode, Hint, Join, JoinKind, Limit, MapBatches, Observe, Pivot, Project, ReadFiles, ReadTable,
    RenameColumns, Repartition, ReplaceValues, Sample, SetOp, SetOpColumns, SetOpKind, Sort, SortKey, SqlQuery, SubqueryAlias,
    TableFunction, Unnest, Unpivot, Values, Window, WithColumns, join, local_data, read_files, read_table, selection,
};

impl Writer<'_> {
    /// What stands after the inputs.
    pub(super) fn details(&mut self, kind: &Kind) {
        match kind {
            Kind::ReadTable(of) => self.read_table(of),
            Kind::ReadFiles(of) => self.read_files(of),
            Kind::LocalData(of) => match &of.source {
                Some(local_data::Source::ArrowIpc(bytes)) => self.args(format_args!(" {} bytes", bytes.len())),
                Some(local_data::Source::DataId(id)) => self.args(format_args!(" {}", text(id))),
                None => self.push(" ?"),
            },
            Kind::Values(of) => self.values_line(of),
            Kind::Range(of) => self.args(format_args!(" {} from {} to {} step {}", name(&of.column), of.start, of.end, of.step)),
            Kind::Sql(of) => self.sql(of),
            Kind::TableFunction(of) => self.table_function(of),
            Kind::Cached(of) => self.args(format_args!(" {}", text(&of.cache_id))),
            Kind::Project(of) => self.project(of),
            Kind::Filter(of) => self.filter(of),
            Kind::Aggregate(of) => self.aggregate_line(of),
            Kind::Sort(of) => self.sort(of),
            Kind::Limit(of) => self.limit(of),
            Kind::Distinct(of) => self.distinct(of),
            Kind::Window(of) => self.window_line(of),
            Kind::Unnest(of) => self.unnest(of),
            Kind::Sample(of) => self.sample(of),
            Kind::Repartition(of) => self.repartition(of),
            Kind::Alias(of) => self.alias(of),
            Kind::Hint(of) => self.hint(of),
            Kind::Observe(of) => self.observe(of),
            Kind::WithColumns(of) => self.with_columns(of),
            Kind::Rename(of) => self.rename(of),
            Kind::Drop(of) => self.drop(of),
            Kind::Conform(of) => self.conform(of),
            Kind::Pivot(of) => self.pivot(of),
            Kind::Unpivot(of) => self.unpivot(of),
            Kind::FillNulls(of) => self.fill_nulls(of),
            Kind::DropNulls(of) => self.drop_nulls(of),
            Kind::Replace(of) => self.replace(of),
            Kind::Describe(of) => self.describe(of),
            Kind::Join(of) => self.join(of),
            Kind::AsOfJoin(of) => self.as_of_join(of),
            Kind::SetOp(of) => self.set_op(of),
            Kind::MapBatches(of) => self.map_batches(of),
            Kind::GroupedMap(of) => self.grouped_map(of),
            Kind::CogroupedMap(of) => self.cogrouped_map(of),
            Kind::Extension(of) => self.args(format_args!(" {}", text(&of.type_url))),
        }
    }

    fn read_table(&mut self, of: &ReadTable) {
        self.args(format_args!(" {}", identifier(of.table.as_ref())));
        match &of.version {
            Some(read_table::Version::Snapshot(snapshot)) => self.args(format_args!(" snapshot {}", text(snapshot))),
            Some(read_table::Version::AsOfMicros(micros)) => self.args(format_args!(" as of {micros} us")),
            None => {}
        }
    }

    fn read_files(&mut self, of: &ReadFiles) {
        self.args(format_args!(" {} ", read_format(of.format.as_ref())));
        list(&mut self.out, &of.paths, |out, path| out.push_str(&text(path)));
        if let Some(schema) = &of.schema {
            self.push(" ");
            write_schema(&mut self.out, schema);
        }
    }

    fn values_line(&mut self, of: &Values) {
        self.push(" ");
        of.schema.iter().for_each(|schema| write_schema(&mut self.out, schema));
        self.push(": ");
        self.list(&of.rows, |this, row| {
            this.push("(");
            this.expressions(&row.values);
            this.push(")");
        });
    }

    fn sql(&mut self, of: &SqlQuery) {
        let names = parts_list(&of.input_names);
        self.args(format_args!("{} {}", if names.is_empty() { String::new() } else { format!(" as {names}") }, text(&of.text)));
    }

    fn table_function(&mut self, of: &TableFunction) {
        self.push(if of.outer { " outer " } else { " " });
        if of.foreign == 0 {
            self.function(of.function.as_ref())
        } else {
            self.foreign_name(of.foreign)
        }
        self.push("(");
        self.expressions(&of.args);
        self.push(if of.args.is_empty() || of.named_args.is_empty() { "" } else { ", " });
        self.named(&of.named_args);
        self.push(")");
    }

    fn project(&mut self, of: &Project) {
        self.push(": ");
        self.list(&of.items, |this, item| this.item(item.kind.as_ref()));
    }

    fn filter(&mut self, of: &Filter) {
        self.push(" where ");
        self.optional(of.predicate.as_ref());
    }

    fn aggregate_line(&mut self, of: &Aggregate) {
        if !of.keys.is_empty() {
            self.args(format_args!(" by {}", grouping(of.mode)));
            self.named(&of.keys);
        }
        if !of.sets.is_empty() {
            self.push(" sets ");
            self.list(&of.sets, |this, set| this.args(format_args!("{:?}", set.keys)));
        }
        self.push(": ");
        self.named(&of.measures);
    }

    fn sort(&mut self, of: &Sort) {
        self.push(if of.within_partitions { " within partitions by " } else { " by " });
        self.sort_keys(&of.keys);
    }

    fn limit(&mut self, of: &Limit) {
        of.count.iter().for_each(|count| self.args(format_args!(" to {count}")));
        self.push(if of.with_ties { " with ties" } else { "" });
        if of.offset > 0 {
            self.args(format_args!(" after {}", of.offset));
        }
    }

    fn distinct(&mut self, of: &Distinct) {
        if !of.on.is_empty() {
            self.push(" on ");
            self.list(&of.on, |this, column| this.column(column));
        }
        if !of.keep.is_empty() {
            self.push(" keeping first by ");
            self.sort_keys(&of.keep);
        }
    }

    fn window_line(&mut self, of: &Window) {
        self.push(" with ");
        self.named(&of.expressions);
    }

    fn unnest(&mut self, of: &Unnest) {
        self.push(if of.outer { " outer " } else { " " });
        self.optional(of.value.as_ref());
        if !of.as_column.is_empty() {
            self.args(format_args!(" as {}", name(&of.as_column)));
        }
        if !of.ordinality.is_empty() {
            self.args(format_args!(" with ordinality {}", name(&of.ordinality)));
        }
        self.push(if of.into_fields { " into fields" } else { "" });
    }

    fn sample(&mut self, of: &Sample) {
        match of.rows {
            Some(rows) => self.args(format_args!(" {rows} rows")),
            None => self.args(format_args!(" {} of rows", of.fraction)),
        }
        self.push(if of.replacement { " with replacement" } else { "" });
        of.seed.iter().for_each(|seed| self.args(format_args!(" seed {seed}")));
    }

    fn alias(&mut self, of: &SubqueryAlias) {
        self.args(format_args!(" as {}", name(&of.name)));
        if !of.columns.is_empty() {
            self.args(format_args!("({})", parts_list(&of.columns)));
        }
    }

    fn hint(&mut self, of: &Hint) {
        self.args(format_args!(" {}", name(&of.name)));
        if !of.args.is_empty() {
            self.push("(");
            self.expressions(&of.args);
            self.push(")");
        }
    }

    fn observe(&mut self, of: &Observe) {
        self.args(format_args!(" as {}: ", name(&of.name)));
        self.named(&of.metrics);
    }

    fn with_columns(&mut self, of: &WithColumns) {
        self.push(": ");
        self.named(&of.columns);
    }

    fn rename(&mut self, of: &RenameColumns) {
        self.push(": ");
        self.list(&of.renames, |this, rename| this.args(format_args!("{} to {}", name(&rename.old_name), name(&rename.new_name))));
    }

    fn drop(&mut self, of: &DropColumns) {
        self.push(": ");
        self.list(&of.columns, |this, column| this.column(column));
    }

    fn conform(&mut self, of: &ConformTo) {
        self.push(if of.by_position { " by position to " } else { " by name to " });
        of.schema.iter().for_each(|schema| write_schema(&mut self.out, schema));
        self.push(if of.on_failure == CastFailure::Null as i32 { " or null" } else { "" });
    }

    fn pivot(&mut self, of: &Pivot) {
        if !of.keys.is_empty() {
            self.push(" by ");
            self.named(&of.keys);
        }
        self.push(" on ");
        self.optional(of.column.as_ref());
        if !of.values.is_empty() {
            self.push(" in (");
            list(&mut self.out, &of.values, write_literal);
            self.push(")");
        }
        self.push(": ");
        self.named(&of.measures);
    }

    fn unpivot(&mut self, of: &Unpivot) {
        self.push(": ");
        self.expressions(&of.values);
        self.args(format_args!(" into {}, {}", name(&of.name_column), name(&of.value_column)));
        if !of.ids.is_empty() {
            self.push(" beside ");
            self.expressions(&of.ids);
        }
        self.push(if of.keep_nulls { " with nulls" } else { "" });
    }

    fn fill_nulls(&mut self, of: &FillNulls) {
        self.push(if of.nan_too { " and nan: " } else { ": " });
        self.list(&of.fills, |this, fill| {
            let column = if fill.column.is_empty() { "*".to_owned() } else { name(&fill.column) };
            this.args(format_args!("{column} = "));
            fill.value.iter().for_each(|value| write_literal(&mut this.out, value));
        });
    }

    fn drop_nulls(&mut self, of: &DropNulls) {
        self.push(if of.nan_too { " and nan" } else { "" });
        if !of.columns.is_empty() {
            self.args(format_args!(" in {}", parts_list(&of.columns)));
        }
        of.min_non_null.iter().for_each(|least| self.args(format_args!(" keeping {least} values")));
    }

    fn replace(&mut self, of: &ReplaceValues) {
        if !of.columns.is_empty() {
            self.args(format_args!(" in {}", parts_list(&of.columns)));
        }
        self.push(": ");
        list(&mut self.out, &of.pairs, |out, pair| {
            pair.old_value.iter().for_each(|value| write_literal(out, value));
            out.push_str(" by ");
            pair.new_value.iter().for_each(|value| write_literal(out, value));
        });
    }

    fn describe(&mut self, of: &Describe) {
        if !of.columns.is_empty() {
            self.args(format_args!(" {}", parts_list(&of.columns)));
        }
        if !of.statistics.is_empty() {
            self.push(": ");
            list(&mut self.out, &of.statistics, |out, statistic| out.push_str(statistic));
        }
    }

    fn map_batches(&mut self, of: &MapBatches) {
        self.push(" by ");
        self.foreign_name(of.function);
        if !of.args.is_empty() {
            self.push(" of ");
            self.expressions(&of.args);
        }
    }

    fn grouped_map(&mut self, of: &GroupedMap) {
        self.push(" by ");
        self.foreign_name(of.function);
        self.push(" per ");
        self.expressions(&of.keys);
        self.inner_order(&of.order);
    }

    fn cogrouped_map(&mut self, of: &CoGroupedMap) {
        self.push(" by ");
        self.foreign_name(of.function);
        self.push(" per ");
        self.list(&of.keys, |this, group| {
            this.push("(");
            this.expressions(&group.keys);
            this.push(")");
        });
        self.inner_order(&of.order);
    }

    fn inner_order(&mut self, order: &[SortKey]) {
        if !order.is_empty() {
            self.push(" ordered by ");
            self.sort_keys(order);
        }
    }

    fn item(&mut self, item: Option<&selection::Kind>) {
        match item {
            Some(selection::Kind::Expr(named)) => self.named_one(named),
            Some(selection::Kind::Star(star)) => {
                if star.relation != 0 {
                    self.args(format_args!("#{}.", star.relation));
                }
                star.qualifier.iter().for_each(|part| self.args(format_args!("{}.", name(part))));
                self.push("*");
                if !star.excluding.is_empty() {
                    self.args(format_args!(" except ({})", parts_list(&star.excluding)));
                }
                if !star.regex.is_empty() {
                    self.args(format_args!(" matching {}", text(&star.regex)));
                }
            }
            None => self.push("?"),
        }
    }

    fn repartition(&mut self, of: &Repartition) {
        let partitions = match &of.scheme {
            Some(Scheme::RoundRobin(scheme)) => Some(scheme.partitions),
            Some(Scheme::Coalesce(scheme)) => {
                self.push(" coalesced");
                Some(scheme.partitions)
            }
            Some(Scheme::Hash(scheme)) => {
                self.push(" by hash of ");
                self.expressions(&scheme.keys);
                scheme.partitions
            }
            Some(Scheme::Range(scheme)) => {
                self.push(" by range of ");
                self.sort_keys(&scheme.keys);
                scheme.partitions
            }
            None => None,
        };
        partitions.iter().for_each(|partitions| self.args(format_args!(" into {partitions}")));
    }

    fn join(&mut self, of: &Join) {
        let kind = JoinKind::try_from(of.kind).unwrap_or_default();
        self.args(format_args!(" {}", word(kind.as_str_name(), "JOIN_KIND_")));
        self.push(if of.lateral { " lateral" } else { "" });
        match &of.condition {
            Some(join::Condition::On(on)) => {
                self.push(" on ");
                self.expression(on);
            }
            Some(join::Condition::Using(using)) => {
                self.args(format_args!(" using ({})", parts_list(&using.columns)));
                self.push(if using.nulls_equal { " nulls equal" } else { "" });
            }
            None => {}
        }
    }

    fn as_of_join(&mut self, of: &AsOfJoin) {
        self.push(if of.outer { " outer " } else { " " });
        let direction = AsOfDirection::try_from(of.direction).unwrap_or_default();
        self.push(&word(direction.as_str_name(), "AS_OF_DIRECTION_"));
        self.push(" at ");
        self.optional(of.left_time.as_ref());
        self.push(", ");
        self.optional(of.right_time.as_ref());
        if !of.using.is_empty() {
            self.args(format_args!(" using ({})", parts_list(&of.using)));
        }
        if let Some(tolerance) = &of.tolerance {
            self.push(" within ");
            self.expression(tolerance);
        }
        self.push(if of.exclude_exact { " excluding equal times" } else { "" });
    }

    fn set_op(&mut self, of: &SetOp) {
        let kind = SetOpKind::try_from(of.kind).unwrap_or_default();
        let columns = SetOpColumns::try_from(of.columns).unwrap_or_default();
        let (kind, columns) = (word(kind.as_str_name(), "SET_OP_KIND_"), word(columns.as_str_name(), "SET_OP_COLUMNS_"));
        self.args(format_args!(" {kind} {columns}"));
    }
}

fn read_format(format: Option<&read_files::Format>) -> &str {
    match format {
        Some(read_files::Format::Parquet(_)) => "parquet",
        Some(read_files::Format::Csv(csv)) => csv_name(csv),
        Some(read_files::Format::Json(_)) => "json",
        Some(read_files::Format::Avro(_)) => "avro",
        Some(read_files::Format::Arrow(_)) => "arrow",
        Some(read_files::Format::Other(other)) => &other.name,
        None => "?",
    }
}

fn grouping(mode: i32) -> &'static str {
    match GroupingMode::try_from(mode) {
        Ok(GroupingMode::Rollup) => "rollup of ",
        Ok(GroupingMode::Cube) => "cube of ",
        Ok(GroupingMode::Sets) => "sets of ",
        Ok(GroupingMode::Plain) => "",
        _ => "? ",
    }
}
