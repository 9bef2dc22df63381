//! Plans in few words, for the tests of the binder, and their rows as lines of text.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::Transport;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind as E;
use polybolos_protocol::wire::plan::relation::Kind as R;
use polybolos_protocol::{CheckedPlan, Error, Result};

use crate::harness::{Bench, collect, relation, request};

/// A plan in the making; each call adds a relation and answers its id.
#[derive(Default, Clone)]
pub struct Plan(pub pb::Plan);

impl Plan {
    pub fn add(&mut self, inputs: &[u32], kind: R) -> u32 {
        let id = u32::try_from(self.0.relations.len()).unwrap() + 1;
        self.0.relations.push(relation(id, inputs, kind));
        id
    }

    /// A table of named columns of one type each; `None` is a null.
    pub fn table(&mut self, columns: &[(&str, pb::DataType)], rows: Vec<Vec<pb::Expression>>) -> u32 {
        let fields = columns
            .iter()
            .map(|(name, ty)| pb::Field { name: (*name).to_owned(), r#type: Some(ty.clone()), ..Default::default() })
            .collect();
        let schema = Some(pb::Schema { fields, ..Default::default() });
        let rows = rows.into_iter().map(|values| pb::ValuesRow { values }).collect();
        self.add(&[], R::Values(pb::Values { schema, rows }))
    }

    /// `n` and `s`: (1, a), (2, b), (3, null).
    pub fn letters(&mut self) -> u32 {
        self.table(&[("n", int64()), ("s", string())], vec![vec![int(1), text("a")], vec![int(2), text("b")], vec![int(3), null(string())]])
    }

    pub fn filter(&mut self, input: u32, predicate: pb::Expression) -> u32 {
        self.add(&[input], R::Filter(pb::Filter { predicate: Some(predicate) }))
    }

    pub fn select(&mut self, input: u32, items: Vec<pb::NamedExpr>) -> u32 {
        let items = items.into_iter().map(|item| pb::Selection { kind: Some(pb::selection::Kind::Expr(item)) }).collect();
        self.add(&[input], R::Project(pb::Project { items }))
    }

    pub fn with(&mut self, input: u32, columns: Vec<pb::NamedExpr>) -> u32 {
        self.add(&[input], R::WithColumns(pb::WithColumns { columns }))
    }

    pub fn aggregate(&mut self, input: u32, keys: Vec<pb::NamedExpr>, measures: Vec<pb::NamedExpr>) -> u32 {
        self.add(&[input], R::Aggregate(pb::Aggregate { keys, measures, mode: pb::GroupingMode::Plain as i32, sets: vec![] }))
    }

    pub fn sort(&mut self, input: u32, names: &[&str]) -> u32 {
        self.add(&[input], R::Sort(pb::Sort { keys: names.iter().map(|name| asc(col(name))).collect(), within_partitions: false }))
    }

    pub fn limit(&mut self, input: u32, count: u64) -> u32 {
        self.add(&[input], R::Limit(pb::Limit { count: Some(count), ..Default::default() }))
    }

    pub fn alias(&mut self, input: u32, name: &str) -> u32 {
        self.add(&[input], R::Alias(pb::SubqueryAlias { name: name.to_owned(), columns: vec![] }))
    }

    pub fn join(&mut self, left: u32, right: u32, kind: pb::JoinKind, on: pb::Expression) -> u32 {
        self.add(&[left, right], R::Join(pb::Join { kind: kind as i32, condition: Some(pb::join::Condition::On(on)), lateral: false }))
    }

    pub fn using(&mut self, left: u32, right: u32, kind: pb::JoinKind, columns: &[&str]) -> u32 {
        let using = pb::UsingColumns { columns: columns.iter().map(|name| (*name).to_owned()).collect(), nulls_equal: false };
        self.add(
            &[left, right],
            R::Join(pb::Join { kind: kind as i32, condition: Some(pb::join::Condition::Using(using)), lateral: false }),
        )
    }

    pub fn set_op(&mut self, inputs: &[u32], kind: pb::SetOpKind, columns: pb::SetOpColumns) -> u32 {
        self.add(inputs, R::SetOp(pb::SetOp { kind: kind as i32, columns: columns as i32 }))
    }

    pub fn shared(&mut self, expr: pb::Expression) -> pb::Expression {
        self.0.shared_expressions.push(expr);
        e(E::Shared(u32::try_from(self.0.shared_expressions.len()).unwrap()))
    }

    pub fn root(&self, id: u32) -> Result<CheckedPlan> {
        self.rooted(pb::plan::Root::Relation(id))
    }

    pub fn rooted(&self, root: pb::plan::Root) -> Result<CheckedPlan> {
        let mut plan = self.0.clone();
        plan.version = Some(pb::ContractVersion { minor: 0, producer: "test".to_owned() });
        plan.profile = pb::Profile::Surface as i32;
        plan.root = Some(root);
        CheckedPlan::check(plan, &PlanLimits::default())
    }

    /// The rows of a relation: a line of names, then one per row.
    pub async fn rows(&self, id: u32) -> Result<String> {
        run(&Bench::new().session, self.root(id)?).await
    }

    /// The rows, whatever their order.
    pub async fn set(&self, id: u32) -> Result<String> {
        self.rows(id).await.map(|rows| {
            let (names, rows) = rows.split_once('\n').unwrap_or((&rows, ""));
            let mut rows: Vec<&str> = rows.lines().collect();
            rows.sort_unstable();
            std::iter::once(names).chain(rows).collect::<Vec<_>>().join("\n")
        })
    }

    pub async fn error(&self, id: u32) -> Error {
        self.rows(id).await.expect_err("an error")
    }
}

pub async fn run(session: &Arc<dyn Transport>, plan: CheckedPlan) -> Result<String> {
    let stream = session.execute(request(plan)).await?;
    let names: Vec<String> = stream.schema().fields().iter().map(|field| field.name().clone()).collect();
    let batches = collect(stream).await?;
    let mut lines = vec![names.join(",")];
    for batch in &batches {
        lines.extend(lines_of(batch));
    }
    Ok(lines.join("\n"))
}

pub fn lines_of(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("null");
    let columns: Vec<_> = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap()).collect();
    let cell = |row| columns.iter().map(move |column| column.value(row).to_string()).collect::<Vec<_>>().join(",");
    (0..batch.num_rows()).map(cell).collect()
}

pub fn e(kind: E) -> pb::Expression {
    pb::Expression { kind: Some(kind) }
}

pub fn named(name: &str, expr: pb::Expression) -> pb::NamedExpr {
    pb::NamedExpr { name: name.to_owned(), expr: Some(expr), metadata: vec![] }
}

pub fn col(name: &str) -> pb::Expression {
    e(E::Column(pb::ColumnRef { name: name.to_owned(), ..Default::default() }))
}

pub fn qualified(qualifier: &str, name: &str) -> pb::Expression {
    e(E::Column(pb::ColumnRef { name: name.to_owned(), qualifier: vec![qualifier.to_owned()], relation: 0 }))
}

/// `df["name"]`.
pub fn of(relation: u32, name: &str) -> pb::Expression {
    e(E::Column(pb::ColumnRef { name: name.to_owned(), qualifier: vec![], relation }))
}

pub fn outer(relation: u32, name: &str) -> pb::Expression {
    e(E::OuterColumn(pb::OuterColumn { relation, name: name.to_owned() }))
}

pub fn function(name: &str) -> Option<pb::FunctionRef> {
    let (namespace, name) = name.split_once('.').unwrap();
    Some(pb::FunctionRef { namespace: namespace.to_owned(), name: name.to_owned(), semantics: 0 })
}

pub fn call<const N: usize>(name: &str, args: [pb::Expression; N]) -> pb::Expression {
    e(E::Call(pb::Call { function: function(name), args: args.to_vec(), ..Default::default() }))
}

pub fn agg_call<const N: usize>(name: &str, args: [pb::Expression; N]) -> pb::AggregateCall {
    pb::AggregateCall { function: function(name), args: args.to_vec(), ..Default::default() }
}

pub fn agg<const N: usize>(name: &str, args: [pb::Expression; N]) -> pb::Expression {
    e(E::Aggregate(Box::new(agg_call(name, args))))
}

pub fn primitive(primitive: pb::Primitive) -> pb::DataType {
    pb::DataType { kind: Some(pb::data_type::Kind::Primitive(primitive as i32)) }
}

pub fn int64() -> pb::DataType {
    primitive(pb::Primitive::Int64)
}

pub fn float64() -> pb::DataType {
    primitive(pb::Primitive::Float64)
}

pub fn string() -> pb::DataType {
    primitive(pb::Primitive::String)
}

pub fn boolean() -> pb::DataType {
    primitive(pb::Primitive::Bool)
}

pub fn date() -> pb::DataType {
    primitive(pb::Primitive::Date)
}

pub fn list(element: pb::DataType) -> pb::DataType {
    pb::DataType {
        kind: Some(pb::data_type::Kind::ListType(Box::new(pb::ListType { element: Some(Box::new(element)), ..Default::default() }))),
    }
}

pub fn literal(ty: pb::DataType, value: pb::literal::Value) -> pb::Expression {
    e(E::Literal(pb::Literal { r#type: Some(ty), value: Some(value) }))
}

pub fn int(value: i64) -> pb::Expression {
    literal(int64(), pb::literal::Value::IntValue(value))
}

pub fn float(value: f64) -> pb::Expression {
    literal(float64(), pb::literal::Value::Float64Value(value))
}

pub fn text(value: &str) -> pb::Expression {
    literal(string(), pb::literal::Value::StringValue(value.to_owned()))
}

pub fn truth(value: bool) -> pb::Expression {
    literal(boolean(), pb::literal::Value::BoolValue(value))
}

pub fn null(ty: pb::DataType) -> pb::Expression {
    literal(ty, pb::literal::Value::NullValue(true))
}

pub fn ints(values: &[i64]) -> pb::Expression {
    let items = values.iter().map(|value| pb::Literal { r#type: None, value: Some(pb::literal::Value::IntValue(*value)) }).collect();
    literal(list(int64()), pb::literal::Value::ListValue(pb::LiteralList { items }))
}

pub fn eq(left: pb::Expression, right: pb::Expression) -> pb::Expression {
    call("core.eq", [left, right])
}

pub fn gt(left: pb::Expression, right: pb::Expression) -> pb::Expression {
    call("core.gt", [left, right])
}

pub fn add(left: pb::Expression, right: pb::Expression) -> pb::Expression {
    call("core.add", [left, right])
}

pub fn cast(input: pb::Expression, to: pb::DataType) -> pb::Expression {
    e(E::Cast(Box::new(pb::Cast { input: Some(Box::new(input)), to: Some(to), on_failure: pb::CastFailure::Error as i32 })))
}

pub fn asc(expr: pb::Expression) -> pb::SortKey {
    pb::SortKey { expr: Some(expr), direction: pb::SortDirection::Asc as i32, nulls: pb::NullsOrder::Last as i32 }
}

pub fn desc(expr: pb::Expression) -> pb::SortKey {
    pb::SortKey { direction: pb::SortDirection::Desc as i32, ..asc(expr) }
}

/// The code, the relation and the path of an error.
pub fn told(error: &Error) -> String {
    let place = error.location().map(|place| format!("{}:{}", place.relation, place.path)).unwrap_or_default();
    format!("{} at {place}", error.code())
}
