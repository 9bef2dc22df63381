//! Relations: which check belongs to which kind, and how many inputs the kind takes.

use super::check::Checker;
use super::place::Path;
use super::topology::RELATION_DEPTH;
use crate::wire::plan::{Identifier, Relation, relation::Kind};

const MANY: usize = usize::MAX;

impl<'p> Checker<'p> {
    pub(super) fn relations(&mut self) {
        for (position, relation) in self.plan.relations.iter().enumerate() {
            if self.report.is_full() {
                break;
            }
            self.position = position;
            self.report.relation = relation.id;
            self.relation(relation);
        }
        self.position = self.plan.relations.len();
        self.report.relation = 0;
    }

    fn relation(&mut self, relation: &'p Relation) {
        let root = Path::root(RELATION_DEPTH);
        let Some(kind) = &relation.kind else {
            return self.missing(&root, format_args!("a relation without a kind"));
        };
        let (name, least, most) = describe(kind);
        self.arity(&root, name, relation.inputs.len(), least, most);
        let at = root.field(name);
        match kind {
            Kind::ReadTable(read) => self.read_table(&at, read),
            Kind::ReadFiles(read) => self.read_files(&at, read),
            Kind::LocalData(data) => self.local_data(&at, data),
            Kind::Values(values) => self.values(&at, values),
            Kind::Range(range) => self.range(&at, range),
            Kind::Sql(query) => self.sql_query(&at, query, relation.inputs.len()),
            Kind::TableFunction(function) => self.table_function(&at, function, relation.inputs.len()),
            Kind::Cached(cached) => self.name(&at.field("cache_id"), &cached.cache_id),
            Kind::Project(project) => self.project(&at, project),
            Kind::Filter(filter) => self.filter(&at, filter),
            Kind::Aggregate(aggregate) => self.aggregate(&at, aggregate),
            Kind::Sort(sort) => self.sort(&at, sort),
            Kind::Limit(limit) => self.limit(&at, limit, relation.inputs.first()),
            Kind::Distinct(distinct) => self.distinct(&at, distinct),
            Kind::Window(window) => self.window(&at, window),
            Kind::Unnest(unnest) => self.unnest(&at, unnest),
            Kind::Sample(sample) => self.sample(&at, sample),
            Kind::Repartition(repartition) => self.repartition(&at, repartition),
            Kind::Alias(alias) => self.alias(&at, alias),
            Kind::Hint(hint) => self.hint(&at, hint),
            Kind::Observe(observe) => self.observe(&at, observe),
            Kind::WithColumns(columns) => self.with_columns(&at, columns),
            Kind::Rename(rename) => self.rename(&at, rename),
            Kind::Drop(drop) => self.drop_columns(&at, drop),
            Kind::Conform(conform) => self.conform(&at, conform),
            Kind::Pivot(pivot) => self.pivot(&at, pivot),
            Kind::Unpivot(unpivot) => self.unpivot(&at, unpivot),
            Kind::FillNulls(fill) => self.fill_nulls(&at, fill),
            Kind::DropNulls(drop) => self.drop_nulls(&at, drop),
            Kind::Replace(replace) => self.replace(&at, replace),
            Kind::Describe(describe) => self.describe(&at, describe),
            Kind::Join(join) => self.join(&at, join),
            Kind::AsOfJoin(join) => self.as_of_join(&at, join),
            Kind::SetOp(set_op) => self.set_op(&at, set_op),
            Kind::MapBatches(map) => self.map_batches(&at, map),
            Kind::GroupedMap(map) => self.grouped_map(&at, map),
            Kind::CogroupedMap(map) => self.cogrouped_map(&at, map, relation.inputs.len()),
            Kind::Extension(any) => self.extension(&at, &any.type_url),
        }
    }

    /// A name in parts, such as catalog, schema, table.
    pub(super) fn identifier_parts(&mut self, at: &Path, identifier: Option<&Identifier>) {
        const PARTS_MAX: usize = 3;
        let Some(identifier) = self.required(at, identifier) else { return };
        let parts = identifier.parts.len();
        self.some(&at.field("parts"), &identifier.parts);
        if parts > PARTS_MAX {
            self.invalid(&at.field("parts"), format_args!("{parts} parts; a name has at most catalog, schema and name"));
        }
        self.names(at, "parts", &identifier.parts);
    }
}

/// The name of the kind, as the contract's field has it.
pub(crate) fn relation_name(kind: &Kind) -> &'static str {
    describe(kind).0
}

/// The field of `Relation` that this is, and the least and largest number of inputs.
fn describe(kind: &Kind) -> (&'static str, usize, usize) {
    match kind {
        Kind::ReadTable(_) => ("read_table", 0, 0),
        Kind::ReadFiles(_) => ("read_files", 0, 0),
        Kind::LocalData(_) => ("local_data", 0, 0),
        Kind::Values(_) => ("values", 0, 0),
        Kind::Range(_) => ("range", 0, 0),
        Kind::Sql(_) => ("sql", 0, MANY),
        Kind::TableFunction(_) => ("table_function", 0, 1),
        Kind::Cached(_) => ("cached", 0, 0),
        Kind::Project(_) => ("project", 1, 1),
        Kind::Filter(_) => ("filter", 1, 1),
        Kind::Aggregate(_) => ("aggregate", 1, 1),
        Kind::Sort(_) => ("sort", 1, 1),
        Kind::Limit(_) => ("limit", 1, 1),
        Kind::Distinct(_) => ("distinct", 1, 1),
        Kind::Window(_) => ("window", 1, 1),
        Kind::Unnest(_) => ("unnest", 1, 1),
        Kind::Sample(_) => ("sample", 1, 1),
        Kind::Repartition(_) => ("repartition", 1, 1),
        Kind::Alias(_) => ("alias", 1, 1),
        Kind::Hint(_) => ("hint", 1, 1),
        Kind::Observe(_) => ("observe", 1, 1),
        Kind::WithColumns(_) => ("with_columns", 1, 1),
        Kind::Rename(_) => ("rename", 1, 1),
        Kind::Drop(_) => ("drop", 1, 1),
        Kind::Conform(_) => ("conform", 1, 1),
        Kind::Pivot(_) => ("pivot", 1, 1),
        Kind::Unpivot(_) => ("unpivot", 1, 1),
        Kind::FillNulls(_) => ("fill_nulls", 1, 1),
        Kind::DropNulls(_) => ("drop_nulls", 1, 1),
        Kind::Replace(_) => ("replace", 1, 1),
        Kind::Describe(_) => ("describe", 1, 1),
        Kind::Join(_) => ("join", 2, 2),
        Kind::AsOfJoin(_) => ("as_of_join", 2, 2),
        Kind::SetOp(_) => ("set_op", 2, MANY),
        Kind::MapBatches(_) => ("map_batches", 1, 1),
        Kind::GroupedMap(_) => ("grouped_map", 1, 1),
        Kind::CogroupedMap(_) => ("cogrouped_map", 2, MANY),
        Kind::Extension(_) => ("extension", 0, MANY),
    }
}
