//! Random relations of every kind, and commands.

use super::expression::Place;
use super::generate::Generator;
use crate::wire::plan::relation::Kind;
use crate::wire::plan::{
    Aggregate, AsOfJoin, Cache, CachedRef, CoGroupedMap, Command, ConformTo, CreateView, CsvFormat, Describe, Distinct, DropColumns,
    DropNulls, DropObject, FillNull, FillNulls, Filter, FunctionKind, FunctionRef, GroupKeys, GroupedMap, GroupingMode, GroupingSet, Hint,
    Identifier, Join, JoinKind, JsonFormat, Limit, LocalData, MapBatches, Observe, ParquetFormat, Pivot, Project, Range, ReadFiles,
    ReadTable, Relation, Rename, RenameColumns, Repartition, ReplaceValues, Sample, Selection, SetOp, SetOpColumns, SetOpKind, Sort,
    SqlCommand, SqlQuery, Star, SubqueryAlias, TableFunction, Unnest, Unpivot, UsingColumns, Values, ValuesRow, Window, WithColumns,
    WriteFiles, WriteMode, WriteTable, command, join, local_data, read_files, read_table, repartition, replace_values, selection,
    write_files,
};

/// How many kinds of leaves, of relations with one input, and with two.
const LEAVES: usize = 8;
const UNARY: usize = 27;
const BINARY: usize = 4;

const FILE_MODES: [WriteMode; 4] = [WriteMode::Create, WriteMode::Append, WriteMode::Overwrite, WriteMode::IgnoreIfExists];

impl Generator {
    /// One more relation, over earlier ones.
    pub(super) fn relation(&mut self) -> Relation {
        let last = self.relations.last().map_or(0, |(id, _)| *id);
        let id = last + 1 + self.random.below(3) as u32;
        let (inputs, kind) = if self.relations.is_empty() || self.maybe(6) {
            self.leaf_relation()
        } else if self.maybe(5) {
            self.binary()
        } else {
            let input = if self.maybe(4) { self.any_relation() } else { last };
            (vec![input], self.unary(input))
        };
        self.relations.push((id, matches!(kind, Kind::Sort(_))));
        Relation { id, inputs, annotations: self.annotations(), kind: Some(kind) }
    }

    fn any_relation(&mut self) -> u32 {
        self.random.pick(&self.relations).map_or(0, |(id, _)| *id)
    }

    fn table(&mut self) -> Option<Identifier> {
        let parts = self.random.pick(&self.words.tables).cloned().unwrap_or_else(|| vec!["t".to_owned()]);
        Some(Identifier { parts })
    }

    fn leaf_relation(&mut self) -> (Vec<u32>, Kind) {
        let kind = match self.random.below(LEAVES) {
            0 => Kind::ReadFiles(self.read_files()),
            1 => Kind::LocalData(LocalData { source: Some(local_data::Source::DataId("d".to_owned())), schema: None }),
            2 => Kind::Values(self.values()),
            3 => Kind::Range(Range {
                start: self.random.below(10) as i64,
                end: self.random.below(100) as i64,
                step: if self.maybe(3) { -1 } else { 2 },
                column: self.column_name(),
                partitions: self.maybe(3).then_some(2),
            }),
            4 => return self.sql(),
            5 => Kind::TableFunction(self.table_function(Place::CONSTANT)),
            6 => Kind::Cached(CachedRef { cache_id: "c".to_owned() }),
            _ => Kind::ReadTable(ReadTable { table: self.table(), options: Vec::new(), version: self.version() }),
        };
        (Vec::new(), kind)
    }

    fn version(&mut self) -> Option<read_table::Version> {
        self.maybe(9)
            .then(|| if self.maybe(2) { read_table::Version::AsOfMicros(5) } else { read_table::Version::Snapshot("s".to_owned()) })
    }

    fn read_files(&mut self) -> ReadFiles {
        let format = match self.random.below(3) {
            0 => read_files::Format::Csv(CsvFormat { header: Some(self.maybe(2)), delimiter: ";".to_owned(), ..CsvFormat::default() }),
            1 => read_files::Format::Json(JsonFormat { lines: Some(true), ..JsonFormat::default() }),
            _ => read_files::Format::Parquet(ParquetFormat::default()),
        };
        ReadFiles {
            paths: vec![self.random.word(&self.words.files)],
            schema: if self.maybe(2) { Some(self.schema(1)) } else { None },
            partition_columns: if self.maybe(5) { vec![self.field("year".to_owned(), 0)] } else { Vec::new() },
            format: Some(format),
            ..ReadFiles::default()
        }
    }

    fn values(&mut self) -> Values {
        let schema = self.schema(1);
        let width = schema.fields.len();
        let row = |this: &mut Self| ValuesRow { values: (0..width).map(|_| this.expression(Place::CONSTANT)).collect() };
        Values { schema: Some(schema), rows: (0..self.random.below(3)).map(|_| row(self)).collect() }
    }

    fn sql(&mut self) -> (Vec<u32>, Kind) {
        let inputs: Vec<u32> = if self.relations.is_empty() { Vec::new() } else { vec![self.any_relation()] };
        let (text, names) = if inputs.is_empty() { ("select 1 as a", Vec::new()) } else { ("select * from i", vec!["i".to_owned()]) };
        let positional_args = if self.maybe(3) { self.expressions(Place::CONSTANT, 0) } else { Vec::new() };
        let query = SqlQuery { text: text.to_owned(), input_names: names, positional_args, ..SqlQuery::default() };
        (inputs, Kind::Sql(query))
    }

    fn table_function(&mut self, place: Place) -> TableFunction {
        let function = FunctionRef { namespace: "std".to_owned(), name: "generate_series".to_owned(), semantics: 0 };
        TableFunction { function: Some(function), args: self.expressions(place, 1), outer: self.maybe(2), ..TableFunction::default() }
    }

    fn unary(&mut self, input: u32) -> Kind {
        let is_sort = self.relations.iter().any(|(id, is_sort)| *id == input && *is_sort);
        match self.random.below(UNARY) {
            0 | 1 => Kind::Project(self.project()),
            2 => Kind::Aggregate(self.aggregate_relation()),
            3 => Kind::Sort(Sort { keys: self.sort_keys(Place::ITEMS, 1), within_partitions: self.maybe(4) }),
            4 => Kind::Limit(Limit {
                count: Some(self.random.below(9) as u64),
                offset: self.random.below(3) as u64,
                with_ties: is_sort && self.maybe(2),
            }),
            5 => self.distinct(),
            6 => Kind::Window(self.window_relation()),
            7 => Kind::Unnest(self.unnest()),
            8 => Kind::Sample(self.sample()),
            9 => Kind::Repartition(self.repartition()),
            10 => Kind::Alias(SubqueryAlias {
                name: "alias".to_owned(),
                columns: if self.maybe(3) { self.column_names(1) } else { Vec::new() },
            }),
            11 => Kind::Hint(Hint { name: "broadcast".to_owned(), args: self.expressions(Place::CONSTANT, 0) }),
            12 => self.observe(),
            13 => Kind::WithColumns(WithColumns { columns: self.named(Place::ITEMS, 1) }),
            14 => {
                let rename = |old_name: String| Rename { new_name: format!("{old_name}2"), old_name };
                Kind::Rename(RenameColumns { renames: self.column_names(1).into_iter().map(rename).collect(), missing_ok: self.maybe(2) })
            }
            15 => Kind::Drop(DropColumns { columns: vec![self.column_ref()], missing_ok: self.maybe(2) }),
            16 => Kind::Conform(ConformTo { schema: Some(self.schema(1)), by_position: self.maybe(2), on_failure: self.choice(2) }),
            17 => Kind::Pivot(Pivot {
                keys: self.named(Place::ROWS, 0),
                column: Some(self.column()),
                values: (0..self.random.below(3)).map(|_| self.literal()).collect(),
                measures: self.named(Place::MEASURES, 1),
            }),
            18 => Kind::Unpivot(Unpivot {
                ids: vec![self.column()],
                values: (0..self.random.below(3)).map(|_| self.column()).collect(),
                name_column: "name".to_owned(),
                value_column: "value".to_owned(),
                keep_nulls: self.maybe(2),
            }),
            19 => {
                let column = if self.maybe(2) { self.column_name() } else { String::new() };
                Kind::FillNulls(FillNulls {
                    fills: vec![FillNull { column, value: Some(self.literal_not_null()) }],
                    nan_too: self.maybe(2),
                })
            }
            20 => Kind::DropNulls(DropNulls {
                columns: self.column_names(0),
                min_non_null: self.maybe(2).then_some(1),
                nan_too: self.maybe(2),
            }),
            21 => {
                let pair = replace_values::Replacement { old_value: Some(self.literal()), new_value: Some(self.literal()) };
                Kind::Replace(ReplaceValues { columns: self.column_names(0), pairs: vec![pair] })
            }
            22 => Kind::Describe(Describe { columns: self.column_names(0), statistics: vec!["mean".to_owned(), "25%".to_owned()] }),
            23 => Kind::TableFunction(self.table_function(Place::ROWS)),
            24 => self.foreign_relation(),
            _ => Kind::Filter(Filter { predicate: Some(self.expression(Place::ROWS)) }),
        }
    }

    fn project(&mut self) -> Project {
        let mut items: Vec<Selection> =
            self.named(Place::ITEMS, 1).into_iter().map(|named| Selection { kind: Some(selection::Kind::Expr(named)) }).collect();
        if self.maybe(3) {
            let star = Star { excluding: self.column_names(0), ..Star::default() };
            items.push(Selection { kind: Some(selection::Kind::Star(star)) });
        }
        Project { items }
    }

    fn aggregate_relation(&mut self) -> Aggregate {
        let keys = self.named(Place::ROWS, 1);
        let mode = self.choice(GroupingMode::Sets as i32);
        let sets = if mode == GroupingMode::Sets as i32 { vec![GroupingSet { keys: vec![0] }, GroupingSet::default()] } else { Vec::new() };
        Aggregate { keys, measures: self.named(Place::MEASURES, 1), mode, sets }
    }

    fn distinct(&mut self) -> Kind {
        if self.maybe(2) {
            return Kind::Distinct(Distinct::default());
        }
        Kind::Distinct(Distinct { on: vec![self.column_ref()], keep: self.sort_keys(Place::ROWS, 0) })
    }

    fn window_relation(&mut self) -> Window {
        Window { expressions: vec![self.named_window("w".to_owned())] }
    }

    fn unnest(&mut self) -> Unnest {
        Unnest {
            value: Some(self.expression(Place::ROWS)),
            outer: self.maybe(2),
            as_column: "e".to_owned(),
            ordinality: String::new(),
            into_fields: self.maybe(4),
        }
    }

    fn sample(&mut self) -> Sample {
        let rows = self.maybe(3).then_some(5);
        Sample { fraction: if rows.is_some() { 0.0 } else { 0.5 }, replacement: self.maybe(3), seed: self.maybe(2).then_some(-7), rows }
    }

    fn repartition(&mut self) -> Repartition {
        use repartition::{Coalesce, HashBy, RangeBy, RoundRobin, Scheme};
        let partitions = self.maybe(2).then_some(3);
        let scheme = match self.random.below(4) {
            0 => Scheme::RoundRobin(RoundRobin { partitions: 4 }),
            1 => Scheme::Coalesce(Coalesce { partitions: 1 }),
            2 => Scheme::Hash(HashBy { keys: self.expressions(Place::ROWS, 1), partitions }),
            _ => Scheme::Range(RangeBy { keys: self.sort_keys(Place::ROWS, 1), partitions }),
        };
        Repartition { scheme: Some(scheme) }
    }

    fn observe(&mut self) -> Kind {
        self.observed += 1;
        Kind::Observe(Observe { name: format!("o{}", self.observed), metrics: self.named(Place::MEASURES, 1) })
    }

    fn foreign_relation(&mut self) -> Kind {
        match (self.foreign(FunctionKind::MapBatches), self.foreign(FunctionKind::GroupedMap)) {
            (Some(function), _) if self.maybe(2) => {
                Kind::MapBatches(MapBatches { function, args: self.expressions(Place::CONSTANT, 0), needs_single_partition: self.maybe(2) })
            }
            (_, Some(function)) => {
                Kind::GroupedMap(GroupedMap { function, keys: self.expressions(Place::ROWS, 1), order: self.sort_keys(Place::ROWS, 0) })
            }
            _ => Kind::Distinct(Distinct::default()),
        }
    }

    fn binary(&mut self) -> (Vec<u32>, Kind) {
        let mut inputs = vec![self.any_relation(), self.any_relation()];
        let kind = match self.random.below(BINARY) {
            0 => Kind::SetOp(self.set_op(&mut inputs)),
            1 => Kind::AsOfJoin(AsOfJoin {
                outer: self.maybe(2),
                using: self.column_names(0),
                left_time: Some(self.column()),
                right_time: Some(self.column()),
                direction: self.choice(3),
                tolerance: if self.maybe(2) { Some(self.expression(Place::CONSTANT)) } else { None },
                exclude_exact: self.maybe(2),
            }),
            2 if !self.functions.is_empty() => {
                let keys = |this: &mut Self| GroupKeys { keys: vec![this.expression(Place::ROWS)] };
                let function = self.foreign(FunctionKind::CogroupedMap).unwrap_or(0);
                Kind::CogroupedMap(CoGroupedMap { function, keys: vec![keys(self), keys(self)], order: Vec::new() })
            }
            _ => Kind::Join(self.join()),
        };
        (inputs, kind)
    }

    fn set_op(&mut self, inputs: &mut Vec<u32>) -> SetOp {
        if self.maybe(3) {
            inputs.push(self.any_relation());
        }
        let kind = self.choice(SetOpKind::Except as i32);
        let fills = kind <= SetOpKind::Union as i32;
        SetOp { kind, columns: self.choice(if fills { SetOpColumns::ByNameFillMissing as i32 } else { SetOpColumns::ByName as i32 }) }
    }

    fn join(&mut self) -> Join {
        let kind = self.choice(JoinKind::Cross as i32);
        let condition = if kind == JoinKind::Cross as i32 {
            None
        } else if self.maybe(2) {
            Some(join::Condition::Using(UsingColumns { columns: self.column_names(1), nulls_equal: self.maybe(4) }))
        } else {
            Some(join::Condition::On(self.expression(Place::ROWS)))
        };
        let may_be_lateral = [JoinKind::Inner as i32, JoinKind::Left as i32, JoinKind::Cross as i32].contains(&kind);
        Join { kind, lateral: may_be_lateral && self.maybe(6), condition }
    }

    pub(super) fn command(&mut self) -> Command {
        let input = self.any_relation();
        let name = Some(Identifier { parts: vec!["v".to_owned()] });
        let (input, kind) = match self.random.below(6) {
            0 => (input, command::Kind::CreateView(CreateView { name, temporary: self.maybe(2), if_exists: self.choice(3) })),
            1 => (0, command::Kind::Drop(DropObject { kind: self.choice(4), name, missing_ok: true })),
            2 => (input, command::Kind::WriteFiles(self.write_files())),
            3 => (
                input,
                command::Kind::WriteTable(WriteTable {
                    table: name,
                    mode: self.choice(6),
                    column_match: self.choice(2),
                    ..WriteTable::default()
                }),
            ),
            4 => (input, command::Kind::Cache(Cache { cache_id: "c".to_owned(), durable: self.maybe(2), eager: self.maybe(2) })),
            _ => (0, command::Kind::Sql(SqlCommand { text: "create view v as select 1".to_owned(), ..SqlCommand::default() })),
        };
        Command { input, kind: Some(kind) }
    }

    fn write_files(&mut self) -> WriteFiles {
        WriteFiles {
            path: "out/".to_owned(),
            format: Some(write_files::Format::Parquet(ParquetFormat::default())),
            partition_by: self.column_names(0),
            sort_by: self.sort_keys(Place::ROWS, 0),
            mode: self.random.pick(&FILE_MODES).copied().unwrap_or(WriteMode::Create) as i32,
            ..WriteFiles::default()
        }
    }
}
