//! Random types, constants and expressions.

use super::generate::Generator;
use crate::functions::{FunctionKind as RegisteredKind, FunctionSpec};
use crate::wire::plan::data_type::Kind as TypeKind;
use crate::wire::plan::expression::Kind;
use crate::wire::plan::literal::Value;
use crate::wire::plan::{
    AggregateCall, Bound, BoundKind, Call, Case, Cast, ColumnRef, DataType, DecimalType, DurationType, Expression, ExtensionType, Field,
    FieldAccess, FixedBinaryType, ForeignCall, Frame, FunctionKind, FunctionRef, InList, IntervalType, IntervalValue, KeyValue, Lambda,
    LambdaParam, LambdaVar, ListType, Literal, LiteralList, LiteralMap, MapType, NamedExpr, NullTreatment, OuterColumn, Parameter,
    Primitive, Schema, SortKey, SqlFragment, StructType, Subquery, SubqueryKind, TimeType, TimeUnit, TimestampType, WindowCall, case,
    window_call,
};

/// What may stand at a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    columns: bool,
    aggregates: bool,
    windows: bool,
    shared: bool,
}

impl Place {
    pub(super) const ROWS: Place = Place { columns: true, aggregates: false, windows: false, shared: true };
    pub(super) const CONSTANT: Place = Place { columns: false, shared: false, ..Place::ROWS };
    pub(super) const ITEMS: Place = Place { windows: true, ..Place::ROWS };
    pub(super) const MEASURES: Place = Place { aggregates: true, ..Place::ROWS };

    fn inside(self) -> Self {
        Place { aggregates: false, windows: false, ..self }
    }
}

const COMPARISONS: [&str; 6] = ["eq", "ne", "lt", "le", "gt", "ge"];
const NUMBERS: [Primitive; 5] = [Primitive::Int64, Primitive::Int32, Primitive::Float64, Primitive::String, Primitive::Bool];

impl Generator {
    pub(super) fn expression(&mut self, place: Place) -> Expression {
        self.nested(place, 3)
    }

    pub(super) fn expressions(&mut self, place: Place, least: usize) -> Vec<Expression> {
        (0..least + self.random.below(3)).map(|_| self.expression(place)).collect()
    }

    /// Expressions with names that differ.
    pub(super) fn named(&mut self, place: Place, least: usize) -> Vec<NamedExpr> {
        let count = least + self.random.below(3);
        (0..count).map(|i| self.named_one(format!("x{i}"), place)).collect()
    }

    pub(super) fn named_one(&mut self, name: String, place: Place) -> NamedExpr {
        let metadata = if self.maybe(9) { vec![KeyValue { key: "k".to_owned(), value: "v".to_owned() }] } else { Vec::new() };
        NamedExpr { name, expr: Some(self.expression(place)), metadata }
    }

    /// A window call with a name.
    pub(super) fn named_window(&mut self, name: String) -> NamedExpr {
        let window = expression(Kind::Window(Box::new(self.window(Place::ROWS, 1))));
        NamedExpr { name, expr: Some(window), metadata: Vec::new() }
    }

    pub(super) fn sort_keys(&mut self, place: Place, least: usize) -> Vec<SortKey> {
        (0..least + self.random.below(2)).map(|_| self.sort_key(place)).collect()
    }

    fn sort_key(&mut self, place: Place) -> SortKey {
        SortKey { expr: Some(self.nested(place, 1)), direction: self.choice(2), nulls: self.choice(2) }
    }

    /// The number of an enum's value, from 1.
    pub(super) fn choice(&mut self, last: i32) -> i32 {
        1 + self.random.below(last as usize) as i32
    }

    /// An entry of `Plan.shared_expressions`.
    pub(super) fn shared_expression(&mut self) -> Expression {
        let entry = self.nested(Place::ROWS, 2);
        self.shared += 1;
        entry
    }

    pub(super) fn column(&mut self) -> Expression {
        expression(Kind::Column(self.column_ref()))
    }

    pub(super) fn column_ref(&mut self) -> ColumnRef {
        let from = self.random.pick(&self.relations).map_or(0, |(id, _)| *id);
        let relation = if self.maybe(4) { from } else { 0 };
        let qualifier = if relation == 0 && self.maybe(5) { vec!["t".to_owned()] } else { Vec::new() };
        ColumnRef { name: self.column_name(), qualifier, relation }
    }

    fn nested(&mut self, place: Place, depth: usize) -> Expression {
        if depth == 0 || self.maybe(3) {
            return self.leaf(place);
        }
        let inside = depth - 1;
        let kind = match self.random.below(14) {
            0..=3 => self.call(place, inside),
            4 => Kind::Cast(Box::new(Cast { input: self.boxed(place, inside), to: Some(self.data_type(1)), on_failure: self.choice(2) })),
            5 => Kind::CaseWhen(Box::new(self.case(place, inside))),
            6 => Kind::InList(Box::new(self.in_list(place, inside))),
            7 if place.aggregates => Kind::Aggregate(Box::new(self.aggregate(place.inside(), inside))),
            8 if place.windows => Kind::Window(Box::new(self.window(place.inside(), inside))),
            9 => self.subquery(place, inside),
            10 => Kind::Field(Box::new(FieldAccess { input: self.boxed(place, inside), field: self.column_name() })),
            11 => self.lambda_call(place, inside),
            12 => self.foreign_call(place, inside),
            _ => self.comparison(place, inside),
        };
        expression(kind)
    }

    fn boxed(&mut self, place: Place, depth: usize) -> Option<Box<Expression>> {
        Some(Box::new(self.nested(place, depth)))
    }

    fn many(&mut self, place: Place, depth: usize, count: usize) -> Vec<Expression> {
        (0..count).map(|_| self.nested(place, depth)).collect()
    }

    fn leaf(&mut self, place: Place) -> Expression {
        match self.random.below(10) {
            0..=4 if place.columns => self.column(),
            5 if place.columns => expression(Kind::OuterColumn(OuterColumn { relation: 0, name: self.column_name() })),
            6 if self.parameters > 0 => {
                expression(Kind::Parameter(Parameter { index: 1 + self.random.below(self.parameters as usize) as u32 }))
            }
            7 if place.shared && self.shared > 0 => expression(Kind::Shared(1 + self.random.below(self.shared as usize) as u32)),
            8 if place.columns && self.maybe(3) => expression(Kind::Sql(SqlFragment { text: "a + 1".to_owned(), dialect: String::new() })),
            _ => expression(Kind::Literal(self.literal())),
        }
    }

    fn call(&mut self, place: Place, depth: usize) -> Kind {
        let (spec, count) = self.registered(RegisteredKind::Scalar);
        let mut args = self.many(place, depth, count);
        let mut named_args = Vec::new();
        // The last argument of a function without variadic ones may go by name.
        if spec.max_args() == Some(count)
            && self.maybe(8)
            && let (Some(arg), Some(last)) = (args.pop(), spec.args.last())
        {
            named_args.push(NamedExpr { name: last.name.to_owned(), expr: Some(arg), metadata: Vec::new() });
        }
        Kind::Call(Call { function: Some(reference(spec)), args, named_args, options: Vec::new() })
    }

    fn comparison(&mut self, place: Place, depth: usize) -> Kind {
        let function = FunctionRef { namespace: "core".to_owned(), name: self.random.word(&COMPARISONS), semantics: 0 };
        Kind::Call(Call { function: Some(function), args: self.many(place, depth, 2), ..Call::default() })
    }

    fn case(&mut self, place: Place, depth: usize) -> Case {
        let branch = |this: &mut Self| case::Branch { condition: Some(this.nested(place, depth)), result: Some(this.nested(place, depth)) };
        Case {
            operand: if self.maybe(3) { self.boxed(place, depth) } else { None },
            branches: (0..1 + self.random.below(2)).map(|_| branch(self)).collect(),
            otherwise: if self.maybe(2) { self.boxed(place, depth) } else { None },
        }
    }

    fn in_list(&mut self, place: Place, depth: usize) -> InList {
        let count = 1 + self.random.below(3);
        InList { needle: self.boxed(place, depth), items: self.many(place, depth, count), ..InList::default() }
    }

    fn aggregate(&mut self, place: Place, depth: usize) -> AggregateCall {
        let (spec, count) = self.registered(RegisteredKind::Aggregate);
        let foreign = if self.maybe(6) { self.foreign(FunctionKind::Aggregate).unwrap_or(0) } else { 0 };
        AggregateCall {
            function: (foreign == 0).then(|| reference(spec)),
            args: self.many(place, depth, count),
            distinct: self.maybe(4),
            filter: if self.maybe(4) { self.boxed(place, depth) } else { None },
            order_by: if self.maybe(5) { self.sort_keys(place, 1) } else { Vec::new() },
            nulls: self.random.below(1 + NullTreatment::Ignore as usize) as i32,
            foreign,
            ..AggregateCall::default()
        }
    }

    fn window(&mut self, place: Place, depth: usize) -> WindowCall {
        let function = if self.maybe(2) {
            window_call::Function::Aggregate(Box::new(self.aggregate(place, depth)))
        } else {
            let (spec, count) = self.registered(RegisteredKind::Window);
            window_call::Function::Window(Call { function: Some(reference(spec)), args: self.many(place, depth, count), ..Call::default() })
        };
        let ordered = self.maybe(2);
        WindowCall {
            function: Some(function),
            partition_by: if self.maybe(2) { vec![self.nested(place, 1)] } else { Vec::new() },
            order_by: if ordered { self.sort_keys(place, 1) } else { Vec::new() },
            frame: Some(Box::new(self.frame(ordered))),
        }
    }

    fn frame(&mut self, ordered: bool) -> Frame {
        let start = 1 + self.random.below(4) as i32;
        let end = start.max(2) + self.random.below(4) as i32;
        let bound = |kind: i32| {
            let is_offset = kind == BoundKind::PrecedingOffset as i32 || kind == BoundKind::FollowingOffset as i32;
            Some(Box::new(Bound { kind, offset: is_offset.then(|| Box::new(int(1))) }))
        };
        let units = if ordered { self.choice(3) } else { 1 };
        Frame { units, start: bound(start), end: bound(end.min(5)), exclusion: self.random.below(4) as i32 }
    }

    fn subquery(&mut self, place: Place, depth: usize) -> Kind {
        let Some(&(relation, _)) = self.random.pick(&self.relations) else { return Kind::Literal(self.literal()) };
        let kind = self.choice(SubqueryKind::All as i32);
        let needs_needle = kind >= SubqueryKind::In as i32;
        let comparison = FunctionRef { namespace: "core".to_owned(), name: self.random.word(&COMPARISONS), semantics: 0 };
        Kind::Subquery(Subquery {
            kind,
            relation,
            needles: if needs_needle { self.many(place, depth, 1) } else { Vec::new() },
            comparison: (kind >= SubqueryKind::Any as i32).then_some(comparison),
        })
    }

    fn lambda_call(&mut self, place: Place, depth: usize) -> Kind {
        self.lambdas += 1;
        let id = self.lambdas;
        let variable = expression(Kind::LambdaVar(LambdaVar { id }));
        let function = FunctionRef { namespace: "core".to_owned(), name: self.random.word(&COMPARISONS), semantics: 0 };
        let body = Call { function: Some(function), args: vec![variable, self.nested(place.inside(), depth)], ..Call::default() };
        let params = vec![LambdaParam { id, name: "x".to_owned() }];
        let lambda = Lambda { params, body: Some(Box::new(expression(Kind::Call(body)))) };
        let apply = FunctionRef { namespace: "catalog.schema".to_owned(), name: "apply".to_owned(), semantics: 0 };
        let list = self.nested(place, depth);
        Kind::Call(Call { function: Some(apply), args: vec![list, expression(Kind::LambdaFn(Box::new(lambda)))], ..Call::default() })
    }

    fn foreign_call(&mut self, place: Place, depth: usize) -> Kind {
        match self.foreign(FunctionKind::Scalar) {
            Some(function) => Kind::Foreign(ForeignCall { function, args: self.many(place, depth, 2) }),
            None => self.comparison(place, depth),
        }
    }

    pub(super) fn schema(&mut self, least: usize) -> Schema {
        let fields = (0..least + self.random.below(3)).map(|i| self.field(format!("c{i}"), 2)).collect();
        Schema { fields, metadata: Vec::new() }
    }

    pub(super) fn field(&mut self, name: String, depth: usize) -> Field {
        Field { name, r#type: Some(self.data_type(depth)), not_null: self.maybe(3), metadata: Vec::new() }
    }

    pub(super) fn type_kind(&mut self, depth: usize) -> TypeKind {
        let last = if depth == 0 { 7 } else { 11 };
        let boxed = |this: &mut Self| Some(Box::new(this.data_type(depth.saturating_sub(1))));
        match self.random.below(last) {
            0 => TypeKind::Decimal(self.decimal_type()),
            1 => TypeKind::Timestamp(TimestampType { unit: self.choice(4), zone: self.maybe(2).then(|| "UTC".to_owned()) }),
            2 => TypeKind::Time(TimeType { unit: self.choice(4) }),
            3 => TypeKind::Duration(DurationType { unit: self.choice(4) }),
            4 => TypeKind::Interval(IntervalType { unit: self.choice(3) }),
            5 => TypeKind::FixedBinary(FixedBinaryType { width: self.choice(20) as u32 }),
            7 => TypeKind::ListType(Box::new(ListType {
                element: boxed(self),
                element_not_null: self.maybe(3),
                fixed_size: self.maybe(4).then_some(2),
            })),
            8 => {
                let fields = (0..self.random.below(3)).map(|i| self.field(format!("f{i}"), depth - 1)).collect();
                TypeKind::StructType(StructType { fields })
            }
            9 => TypeKind::MapType(Box::new(MapType { key: boxed(self), value: boxed(self), value_not_null: self.maybe(3) })),
            10 => {
                let storage = Some(Box::new(self.data_type(0)));
                TypeKind::Extension(Box::new(ExtensionType { name: "example.thing".to_owned(), storage, ..ExtensionType::default() }))
            }
            // Not NULL, of which there are no values where nulls may not be.
            _ => TypeKind::Primitive(1 + self.choice(Primitive::Date as i32 - 1)),
        }
    }

    fn decimal_type(&mut self) -> DecimalType {
        let precision = 1 + self.random.below(76) as u32;
        let scale = self.random.below(2 * precision as usize + 1) as i32 - precision as i32;
        DecimalType { precision, scale }
    }

    pub(super) fn literal(&mut self) -> Literal {
        let ty = if self.maybe(2) {
            let number = self.random.pick(&NUMBERS).copied().unwrap_or(Primitive::Int64);
            DataType { kind: Some(TypeKind::Primitive(number as i32)) }
        } else {
            self.data_type(2)
        };
        let value = self.value(&ty, false);
        Literal { r#type: Some(ty), value: Some(value) }
    }

    pub(super) fn literal_not_null(&mut self) -> Literal {
        let ty = DataType { kind: Some(TypeKind::Primitive(Primitive::Int64 as i32)) };
        let value = self.value(&ty, true);
        Literal { r#type: Some(ty), value: Some(value) }
    }

    fn nested_literal(&mut self, ty: Option<&DataType>, not_null: bool) -> Literal {
        let value = ty.map_or(Value::NullValue(true), |ty| self.value(ty, not_null));
        Literal { r#type: None, value: Some(value) }
    }

    /// A value of the type; null now and then, and for types that have no other.
    fn value(&mut self, ty: &DataType, not_null: bool) -> Value {
        if !not_null && self.maybe(8) {
            return Value::NullValue(true);
        }
        match &ty.kind {
            Some(TypeKind::Primitive(primitive)) => self.primitive_value(*primitive),
            Some(TypeKind::Decimal(ty)) => Value::DecimalValue(self.digits(ty.precision)),
            Some(TypeKind::Timestamp(_) | TypeKind::Duration(_)) => Value::IntValue(self.random.number().cast_signed()),
            Some(TypeKind::Time(ty)) => {
                Value::IntValue(self.random.below(if ty.unit == TimeUnit::Second as i32 { 86_400 } else { 80_000_000 }) as i64)
            }
            Some(TypeKind::Interval(ty)) => {
                Value::IntervalValue(IntervalValue { months: if ty.unit == 2 { 0 } else { 3 }, ..IntervalValue::default() })
            }
            Some(TypeKind::FixedBinary(ty)) => Value::BinaryValue(vec![7; ty.width as usize].into()),
            Some(TypeKind::ListType(ty)) => {
                let count = ty.fixed_size.map_or_else(|| self.random.below(3), |size| size as usize);
                let items = (0..count).map(|_| self.nested_literal(ty.element.as_deref(), ty.element_not_null)).collect();
                Value::ListValue(LiteralList { items })
            }
            Some(TypeKind::StructType(ty)) => {
                let items = ty.fields.iter().map(|field| self.nested_literal(field.r#type.as_ref(), field.not_null)).collect();
                Value::StructValue(LiteralList { items })
            }
            Some(TypeKind::MapType(ty)) => {
                let count = self.random.below(3);
                let keys = (0..count).map(|_| self.nested_literal(ty.key.as_deref(), true)).collect();
                let values = (0..count).map(|_| self.nested_literal(ty.value.as_deref(), ty.value_not_null)).collect();
                Value::MapValue(LiteralMap { keys, values })
            }
            Some(TypeKind::Extension(ty)) => ty.storage.as_deref().map_or(Value::NullValue(true), |storage| self.value(storage, not_null)),
            None => Value::NullValue(true),
        }
    }

    fn digits(&mut self, precision: u32) -> String {
        let count = 1 + self.random.below(precision as usize);
        let digits: String = (0..count).map(|_| char::from(b'0' + self.random.below(10) as u8)).collect();
        if self.maybe(2) { format!("-{digits}") } else { digits }
    }

    fn primitive_value(&mut self, primitive: i32) -> Value {
        match Primitive::try_from(primitive) {
            Ok(Primitive::Bool) => Value::BoolValue(self.maybe(2)),
            Ok(Primitive::Int8) => Value::IntValue(i64::from(self.random.byte().cast_signed())),
            Ok(Primitive::Int16 | Primitive::Int32 | Primitive::Date) => Value::IntValue(i64::from(self.random.bits() as i16)),
            Ok(Primitive::Int64) => Value::IntValue(self.random.number().cast_signed()),
            Ok(Primitive::Uint8 | Primitive::Uint16 | Primitive::Uint32) => Value::UintValue(u64::from(self.random.byte())),
            Ok(Primitive::Uint64) => Value::UintValue(self.random.number()),
            Ok(Primitive::Float16) => Value::Float32Value(f32::from(self.random.byte())),
            Ok(Primitive::Float32) => Value::Float32Value(self.random.bits() as f32 / 1e9),
            Ok(Primitive::Float64) => Value::Float64Value(self.random.bits() as f64 / 1e9),
            Ok(Primitive::String) => Value::StringValue(self.random.word(&["", "a", "it's", "ü", "2026-01-01"])),
            Ok(Primitive::Binary) => Value::BinaryValue(vec![0, 255].into()),
            _ => Value::NullValue(true),
        }
    }
}

fn expression(kind: Kind) -> Expression {
    Expression { kind: Some(kind) }
}

fn int(value: i64) -> Expression {
    let ty = DataType { kind: Some(TypeKind::Primitive(Primitive::Int64 as i32)) };
    expression(Kind::Literal(Literal { r#type: Some(ty), value: Some(Value::IntValue(value)) }))
}

fn reference(spec: &FunctionSpec) -> FunctionRef {
    FunctionRef { namespace: spec.namespace.to_owned(), name: spec.name.to_owned(), semantics: 0 }
}
