//! The names that output columns get when nobody names them. Every language must print the same names, so this is the rule.
//!
//! **The name of an output column** is the alias where there is one; the column's own name for a bare column and for an
//! [`outer`](crate::DataFrame::outer) column (without qualifier); the field's name for the field of a struct; otherwise the
//! *text* of the expression. Aliases inside an expression do not count.
//!
//! **The text of an expression**, letters of functions and key words in lower case, exactly these spaces:
//!
//! ```text
//! column                  amount              with a qualifier: o.amount          names are never quoted
//! literal                 null  true  42  -1  'it''s'  x'00ff'                    see below
//! core binary operators   (a + b)  (a = b)    symbols: + - * / %  = <> < <= > >=  & | ^ << >>  ||  ~ ~* !~ !~* @> <@
//!                         (a and b and c)     chainable ones (the registry says which): a left chain is one pair
//!                         (a like p)          words: and or xor like not_like ilike not_ilike similar_to not_similar_to
//!                         (a is distinct from b)   an underscore becomes a space
//! core prefix operators   (not a)  (-a)  (~a)
//! core questions          (a is null)  (a is not true)  (a is nan) ...
//! between                 (a between b and c)  (a not between b and c)
//! in list                 (a in (1, 2))       negated: (not (a in (1, 2)))
//! element, key            a[1]  a['key']
//! field                   address.city
//! any other function      substring(name, 1, 3)         namespaces other than core and std: ns.name(a)
//! aggregate               sum(amount)  count(*)  count(distinct a)
//!                         sum(a) filter (where p)  array_agg(a order by b asc nulls last)  first_value(a) ignore nulls
//! window                  rank() over (partition by a order by b desc nulls first)  sum(a) over ()
//!                         the frame follows where the caller gave one: rows between 6 preceding and current row
//! cast                    cast(a as int64)  try_cast(a as decimal(10, 2))
//! case                    case when a then b else c end      case a when 1 then 'x' end
//! subquery                exists(subquery)  scalar(subquery)  (a in subquery)  (a < any subquery)  (a < all subquery)
//! lambda                  x -> (x + 1)        (x, y) -> (x + y)
//! parameter               $name
//! SQL                     the text itself
//! ```
//!
//! Literals: integers in base 10; floats with the fewest digits that read back to the same value of their width, always with
//! a point or an exponent (`1.0`, `0.1`), with an exponent below 1e-5 and from 1e16 (`1e-7`, `1.5e20`), and `NaN`,
//! `Infinity`, `-Infinity`; decimals with all digits of their scale (`1.50`); strings in single quotes, a single quote
//! doubled; binary in hexadecimal; `date '2024-01-31'`; `time '12:30:00'`; `timestamp '2024-01-31T12:00:00'`, followed by
//! `Z` where it is an instant; with 3, 6 or 9 digits of fraction where the fraction is not zero; `interval '1 months 2 days
//! 3 nanos'`; `duration '5 us'` in the unit of the type; `[1, 2]`; `{a: 1, b: 'x'}`; `map {'k': 1}`.
//!
//! Types: `null bool int8..int64 uint8..uint64 float16 float32 float64 string binary date`, `decimal(p, s)`, `timestamp(unit)`,
//! `timestamp(unit, 'zone')`, `time(unit)`, `duration(unit)` with a unit of `s ms us ns`, `interval(month to nanosecond)`,
//! `binary(n)`, `list<T>`, `list<T not null, n>`, `struct<a T, b U not null>`, `map<K, V>`.
//!
//! A text longer than 256 bytes in UTF-8 is cut at the last character that ends within 253 bytes, and `…` follows.

use std::borrow::Cow;

use polybolos_protocol::text::display_type;
use polybolos_protocol::wire::plan as pb;

use crate::expr::{AggregateShape, Expr, Op, SortOrder, WindowShape};
mod literal;

/// The longest default name, in bytes.
const NAME_BYTES_MAX: usize = 256;
const ELLIPSIS: &str = "…";

/// The name of the output column.
pub(crate) fn name(expr: &Expr) -> String {
    match expr.op() {
        Op::Alias { name } | Op::Field { name } => name.clone(),
        Op::Column(column) => column.name.clone(),
        Op::OuterColumn(column) => column.name.clone(),
        _ => text(expr),
    }
}

/// The text of the expression, cut where it is too long.
pub(crate) fn text(expr: &Expr) -> String {
    let mut printer = Printer { pending: vec![Piece::Expr(expr)], out: String::new() };
    printer.run();
    clip(printer.out)
}

fn clip(mut text: String) -> String {
    if text.len() > NAME_BYTES_MAX {
        let fits = NAME_BYTES_MAX - ELLIPSIS.len();
        let end = (0..=fits).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push_str(ELLIPSIS);
    }
    text
}

/// What is still to be printed, last piece first.
enum Piece<'a> {
    Text(Cow<'a, str>),
    Expr(&'a Expr),
}

impl<'a> From<&'a str> for Piece<'a> {
    fn from(text: &'a str) -> Self {
        Piece::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Piece<'_> {
    fn from(text: String) -> Self {
        Piece::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a Expr> for Piece<'a> {
    fn from(expr: &'a Expr) -> Self {
        Piece::Expr(expr)
    }
}

/// Prints with its own stack, and stops where the text is long enough: neither deep nor huge expressions cost more.
struct Printer<'a> {
    pending: Vec<Piece<'a>>,
    out: String,
}

impl<'a> Printer<'a> {
    fn run(&mut self) {
        while let Some(piece) = self.pending.pop() {
            match piece {
                Piece::Text(text) => self.out.push_str(&text),
                Piece::Expr(expr) => self.pending.extend(pieces(expr).into_iter().rev()),
            }
            if self.out.len() > NAME_BYTES_MAX {
                break;
            }
        }
    }
}

type Pieces<'a> = Vec<Piece<'a>>;

fn pieces(expr: &Expr) -> Pieces<'_> {
    let children = expr.children();
    match expr.op() {
        Op::Literal(value) => vec![literal::text(value, NAME_BYTES_MAX).into()],
        Op::Column(column) => vec![column_text(column).into()],
        Op::OuterColumn(column) => vec![column.name.as_str().into()],
        Op::Star(_) => vec!["*".into()],
        Op::Call { namespace, name } if namespace == "core" => core(expr, name),
        Op::Call { namespace, name } | Op::WindowFunction { namespace, name } => function(namespace, name, children),
        Op::Cast { to, on_failure } => cast(children, to, *on_failure),
        Op::Case { operand, otherwise } => case(children, *operand, *otherwise),
        Op::InList => in_list(children),
        Op::Aggregate(shape) => aggregate(shape, children),
        Op::Window(shape) => window(shape, children),
        Op::Subquery { kind, comparison, .. } => subquery(*kind, *comparison, children),
        Op::Field { name } => surround("", children, &[".", name]),
        Op::Lambda { params } => lambda(params, children),
        Op::LambdaVar { name, .. } => vec![name.as_str().into()],
        Op::Parameter { name, .. } => vec!["$".into(), name.as_str().into()],
        Op::Sql { text } => vec![text.as_str().into()],
        Op::Alias { .. } => surround("", children, &[]),
        Op::Invalid(mistake) => vec!["invalid: ".into(), mistake.message.as_str().into()],
    }
}

fn column_text(column: &pb::ColumnRef) -> String {
    let mut parts = column.qualifier.clone();
    parts.push(column.name.clone());
    parts.join(".")
}

/// Text before, all children with commas, texts after.
fn surround<'a>(before: &'a str, children: &'a [Expr], after: &[&'a str]) -> Pieces<'a> {
    let mut pieces = vec![Piece::from(before)];
    separated(&mut pieces, children, ", ");
    pieces.extend(after.iter().map(|&text| Piece::from(text)));
    pieces
}

fn separated<'a>(pieces: &mut Pieces<'a>, exprs: impl IntoIterator<Item = &'a Expr>, separator: &'a str) {
    for (position, expr) in exprs.into_iter().enumerate() {
        if position > 0 {
            pieces.push(separator.into());
        }
        pieces.push(expr.into());
    }
}

fn function<'a>(namespace: &'a str, name: &'a str, args: &'a [Expr]) -> Pieces<'a> {
    let mut pieces = Pieces::new();
    if !matches!(namespace, "core" | "std") {
        pieces.extend([namespace.into(), ".".into()]);
    }
    pieces.push(name.into());
    pieces.extend(surround("(", args, &[")"]));
    pieces
}

fn core<'a>(expr: &'a Expr, name: &'a str) -> Pieces<'a> {
    match (name, expr.children()) {
        (_, [_, _]) if symbol(name).is_some() => infix(expr, symbol(name).unwrap_or(name).into()),
        ("and" | "or" | "xor" | "like" | "ilike" | "not_like" | "not_ilike" | "similar_to" | "not_similar_to", [_, _])
        | ("is_distinct_from" | "is_not_distinct_from", [_, _]) => infix(expr, name.replace('_', " ").into()),
        ("not", [input]) => vec!["(not ".into(), input.into(), ")".into()],
        ("negate", [input]) => vec!["(-".into(), input.into(), ")".into()],
        ("bit_not", [input]) => vec!["(~".into(), input.into(), ")".into()],
        (_, [input]) if name.starts_with("is_") => vec!["(".into(), input.into(), format!(" {})", name.replace('_', " ")).into()],
        ("between" | "not_between", [input, low, high]) => {
            let word = if name == "between" { " between " } else { " not between " };
            vec!["(".into(), input.into(), word.into(), low.into(), " and ".into(), high.into(), ")".into()]
        }
        ("get_item" | "get_key", [input, key]) => vec![input.into(), "[".into(), key.into(), "]".into()],
        (_, args) => function("core", name, args),
    }
}

fn symbol(name: &str) -> Option<&'static str> {
    Some(match name {
        "add" => "+",
        "subtract" => "-",
        "multiply" => "*",
        "divide" => "/",
        "modulo" => "%",
        "eq" => "=",
        "ne" => "<>",
        "lt" => "<",
        "le" => "<=",
        "gt" => ">",
        "ge" => ">=",
        "bit_and" => "&",
        "bit_or" => "|",
        "bit_xor" => "^",
        "shift_left" => "<<",
        "shift_right" => ">>",
        "concat_op" => "||",
        "regex_match" => "~",
        "regex_imatch" => "~*",
        "regex_not_match" => "!~",
        "regex_not_imatch" => "!~*",
        "list_contains_all" => "@>",
        "list_contained_by" => "<@",
        _ => return None,
    })
}

fn infix<'a>(expr: &'a Expr, symbol: Cow<'a, str>) -> Pieces<'a> {
    let mut pieces = vec![Piece::from("(")];
    for (position, operand) in expr.chain().into_iter().enumerate() {
        if position > 0 {
            pieces.extend([" ".into(), Piece::Text(symbol.clone()), " ".into()]);
        }
        pieces.push(operand.into());
    }
    pieces.push(")".into());
    pieces
}

fn cast<'a>(children: &'a [Expr], to: &'a pb::DataType, on_failure: pb::CastFailure) -> Pieces<'a> {
    let before = if on_failure == pb::CastFailure::Null { "try_cast(" } else { "cast(" };
    let mut pieces = surround(before, children, &[" as "]);
    pieces.extend([display_type(to).into(), ")".into()]);
    pieces
}

fn case(children: &[Expr], operand: bool, otherwise: bool) -> Pieces<'_> {
    let (operands, rest) = children.split_at(usize::from(operand).min(children.len()));
    let (branches, otherwise) = rest.split_at(rest.len() - usize::from(otherwise).min(rest.len()));
    let mut pieces = vec![Piece::from("case")];
    for operand in operands {
        pieces.extend([" ".into(), operand.into()]);
    }
    for branch in branches.chunks(2) {
        for (word, expr) in [" when ", " then "].into_iter().zip(branch) {
            pieces.extend([word.into(), expr.into()]);
        }
    }
    for result in otherwise {
        pieces.extend([" else ".into(), result.into()]);
    }
    pieces.push(" end".into());
    pieces
}

fn in_list(children: &[Expr]) -> Pieces<'_> {
    let Some((needle, items)) = children.split_first() else {
        return Pieces::new();
    };
    let mut pieces = vec!["(".into(), needle.into()];
    pieces.extend(surround(" in (", items, &["))"]));
    pieces
}

fn aggregate<'a>(shape: &'a AggregateShape, children: &'a [Expr]) -> Pieces<'a> {
    let (args, rest) = children.split_at(shape.args.min(children.len()));
    let (filter, keys) = rest.split_at(usize::from(shape.filter).min(rest.len()));
    let mut pieces = function(&shape.namespace, &shape.name, args);
    pieces.truncate(pieces.len() - 1);
    match args {
        [] => pieces.push("*".into()),
        _ if shape.distinct => {
            let open = pieces.iter().position(|piece| matches!(piece, Piece::Text(text) if text == "("));
            pieces.insert(open.map_or(pieces.len(), |at| at + 1), "distinct ".into());
        }
        _ => {}
    }
    order_by(&mut pieces, " order by ", keys, &shape.order);
    pieces.push(")".into());
    for condition in filter {
        pieces.extend([" filter (where ".into(), condition.into(), ")".into()]);
    }
    pieces.push(match shape.nulls {
        pb::NullTreatment::Ignore => " ignore nulls".into(),
        pb::NullTreatment::Respect => " respect nulls".into(),
        pb::NullTreatment::Unspecified => "".into(),
    });
    pieces
}

fn order_by<'a>(pieces: &mut Pieces<'a>, before: &'a str, keys: &'a [Expr], order: &[SortOrder]) {
    for (position, (key, order)) in keys.iter().zip(order).enumerate() {
        pieces.extend([if position == 0 { before } else { ", " }.into(), key.into(), order.suffix().into()]);
    }
}

fn window<'a>(shape: &'a WindowShape, children: &'a [Expr]) -> Pieces<'a> {
    let Some((function, rest)) = children.split_first() else {
        return Pieces::new();
    };
    let (partitions, rest) = rest.split_at(shape.partitions.min(rest.len()));
    let (keys, offsets) = rest.split_at(shape.order.len().min(rest.len()));
    let mut spec = Pieces::new();
    if !partitions.is_empty() {
        spec.push("partition by ".into());
        separated(&mut spec, partitions, ", ");
    }
    order_by(&mut spec, if partitions.is_empty() { "order by " } else { " order by " }, keys, &shape.order);
    if !shape.default_frame {
        spec.push(if spec.is_empty() { "" } else { " " }.into());
        frame(&mut spec, shape, offsets);
    }
    let mut pieces = vec![function.into(), " over (".into()];
    pieces.extend(spec);
    pieces.push(")".into());
    pieces
}

fn frame<'a>(pieces: &mut Pieces<'a>, shape: &WindowShape, offsets: &'a [Expr]) {
    let mut offsets = offsets.iter();
    pieces.push(
        match shape.units {
            pb::FrameUnits::Range => "range between ",
            pb::FrameUnits::Groups => "groups between ",
            _ => "rows between ",
        }
        .into(),
    );
    bound(pieces, shape.start, &mut offsets);
    pieces.push(" and ".into());
    bound(pieces, shape.end, &mut offsets);
    pieces.push(
        match shape.exclusion {
            pb::FrameExclusion::CurrentRow => " exclude current row",
            pb::FrameExclusion::Group => " exclude group",
            pb::FrameExclusion::Ties => " exclude ties",
            pb::FrameExclusion::Unspecified => "",
        }
        .into(),
    );
}

fn bound<'a>(pieces: &mut Pieces<'a>, kind: pb::BoundKind, offsets: &mut std::slice::Iter<'a, Expr>) {
    let offset = matches!(kind, pb::BoundKind::PrecedingOffset | pb::BoundKind::FollowingOffset).then(|| offsets.next()).flatten();
    pieces.extend(offset.map(Piece::from));
    pieces.push(
        match kind {
            pb::BoundKind::UnboundedPreceding => "unbounded preceding",
            pb::BoundKind::PrecedingOffset => " preceding",
            pb::BoundKind::FollowingOffset => " following",
            pb::BoundKind::UnboundedFollowing => "unbounded following",
            _ => "current row",
        }
        .into(),
    );
}

fn subquery<'a>(kind: pb::SubqueryKind, comparison: Option<&'static str>, needles: &'a [Expr]) -> Pieces<'a> {
    let operator = comparison.and_then(symbol).unwrap_or("=");
    let end = match kind {
        pb::SubqueryKind::Exists => return vec!["exists(subquery)".into()],
        pb::SubqueryKind::In => " in subquery)".to_owned(),
        pb::SubqueryKind::Any => format!(" {operator} any subquery)"),
        pb::SubqueryKind::All => format!(" {operator} all subquery)"),
        _ => return vec!["scalar(subquery)".into()],
    };
    let mut pieces = surround("(", needles, &[]);
    pieces.push(end.into());
    pieces
}

fn lambda<'a>(params: &'a [(u32, String)], body: &'a [Expr]) -> Pieces<'a> {
    let names: Vec<&str> = params.iter().map(|(_, name)| name.as_str()).collect();
    let head = match names.as_slice() {
        [one] => format!("{one} -> "),
        several => format!("({}) -> ", several.join(", ")),
    };
    let mut pieces = vec![Piece::from(head)];
    pieces.extend(body.iter().map(Piece::from));
    pieces
}
