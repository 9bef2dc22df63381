//! Plans to bytes, and the valve for deep expressions.
//!
//! Messages nest at most 100 deep, expressions of programs nest as deep as programs like. [`hoist`] moves deep parts into
//! `Plan.shared_expressions`, where they stand as entries that use earlier entries: a chain of 2 000 additions becomes some
//! 125 entries of 16. `Expression.shared` counts from 1 and means the entry as if it were written in its place, so a reader
//! may look entry by entry and remember what each became; equal parts that were hoisted are one entry.

use std::collections::HashMap;

use prost::Message;

use crate::error::{Code, Error, Result};
use crate::limits::MESSAGE_DEPTH_MAX;
use crate::walk;
use crate::wire::plan::{DataType, Expression, Field, Literal, Plan, data_type, expression::Kind, literal, plan};

/// How many messages an expression nests before its deep parts are hoisted. The rest, up to 100, is left to what stands
/// around it and to the types inside it.
pub const HOIST_DEPTH: u32 = 32;

/// The bytes of a plan whose expressions are not too deep: one that passed [`crate::CheckedPlan`] or [`hoist`].
pub fn plan(plan: &Plan) -> Vec<u8> {
    plan.encode_to_vec()
}

/// Moves the deep parts of all expressions into `Plan.shared_expressions`. Does nothing to a plan without any. Whatever the
/// depth, this takes no more of the stack.
pub fn hoist(plan: &mut Plan) {
    let mut hoister = Hoister::default();
    for mut entry in std::mem::take(&mut plan.shared_expressions) {
        hoister.shorten(&mut entry);
        let index = hoister.add(entry);
        hoister.renumbered.push(index);
    }
    for relation in &mut plan.relations {
        walk::relation_mut(relation, &mut |expression, _| hoister.shorten(expression));
    }
    if let Some(plan::Root::Command(command)) = &mut plan.root {
        walk::command_mut(command, &mut |expression, _| hoister.shorten(expression));
    }
    plan.shared_expressions = hoister.entries;
}

/// Collects the deep parts of expressions.
#[derive(Debug, Default)]
struct Hoister {
    entries: Vec<Expression>,
    /// The entry of each hoisted part, by its bytes.
    known: HashMap<Vec<u8>, u32>,
    /// Where the entries went that the plan had before.
    renumbered: Vec<u32>,
}

/// An expression that waits for its children: they were taken out of it, in the order of [`walk::children_mut`].
struct Open {
    node: Expression,
    waiting: Vec<Expression>,
    done: Vec<(Expression, u32)>,
}

impl Open {
    fn new(mut node: Expression) -> Self {
        let mut waiting = Vec::new();
        walk::children_mut(&mut node, &mut |child, _| waiting.push(std::mem::take(child)));
        let done = Vec::with_capacity(waiting.len());
        waiting.reverse();
        Self { node, waiting, done }
    }
}

impl Hoister {
    /// Leaves of the expression no more than [`HOIST_DEPTH`] levels, wherever it can be cut.
    fn shorten(&mut self, expression: &mut Expression) {
        let mut stack = vec![Open::new(std::mem::take(expression))];
        while let Some(open) = stack.last_mut() {
            if let Some(child) = open.waiting.pop() {
                stack.push(Open::new(child));
                continue;
            }
            let Some(open) = stack.pop() else { return };
            let closed = self.close(open.node, open.done);
            match stack.last_mut() {
                Some(parent) => parent.done.push(closed),
                None => *expression = closed.0,
            }
        }
    }

    /// Puts the children back, those that are too deep as references; answers the expression and its height.
    fn close(&mut self, mut node: Expression, done: Vec<(Expression, u32)>) -> (Expression, u32) {
        if let Some(Kind::Shared(index)) = &mut node.kind {
            *index = self.moved(*index);
        }
        let mut height = own_height(&node);
        let mut done = done.into_iter();
        walk::children_mut(&mut node, &mut |place, distance| {
            let Some((mut child, mut child_height)) = done.next() else { return };
            if distance + child_height > HOIST_DEPTH {
                child_height = self.replace(&mut child);
            }
            height = height.max(distance + child_height);
            *place = child;
        });
        (node, height)
    }

    /// Puts a reference in the place of an expression, or of the body of a lambda, which must stay in its call.
    fn replace(&mut self, expression: &mut Expression) -> u32 {
        if let Some(Kind::LambdaFn(lambda)) = &mut expression.kind {
            let body = lambda.body.take().map(|body| *body).unwrap_or_default();
            lambda.body = Some(Box::new(self.reference(body)));
            return own_height(expression) + 1;
        }
        *expression = self.reference(std::mem::take(expression));
        1
    }

    fn reference(&mut self, expression: Expression) -> Expression {
        let bytes = expression.encode_to_vec();
        let index = match self.known.get(&bytes) {
            Some(&index) => index,
            None => {
                let index = self.add(expression);
                self.known.insert(bytes, index);
                index
            }
        };
        Expression { kind: Some(Kind::Shared(index)) }
    }

    fn add(&mut self, entry: Expression) -> u32 {
        self.entries.push(entry);
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Where an entry went that the plan had before; 0, which is no entry, for one that it did not have.
    fn moved(&self, index: u32) -> u32 {
        (index as usize).checked_sub(1).and_then(|at| self.renumbered.get(at)).copied().unwrap_or(0)
    }
}

/// How many messages the expression nests without its children.
fn own_height(expression: &Expression) -> u32 {
    match &expression.kind {
        Some(Kind::Literal(literal)) => 1 + height(Node::Literal(literal)),
        Some(Kind::Cast(cast)) => 2 + cast.to.as_ref().map_or(0, |ty| height(Node::Type(ty))),
        Some(Kind::Shared(_)) | None => 1,
        Some(Kind::Column(_) | Kind::OuterColumn(_) | Kind::LambdaVar(_) | Kind::Parameter(_) | Kind::Sql(_) | Kind::Extension(_)) => 2,
        Some(_) => 3,
    }
}

/// A message that holds others of its kind.
#[derive(Clone, Copy)]
enum Node<'p> {
    Expression(&'p Expression),
    Literal(&'p Literal),
    Type(&'p DataType),
}

impl<'p> Node<'p> {
    /// What is inside, with the distances in messages.
    fn inner(self, visit: &mut dyn FnMut(Node<'p>, u32)) {
        match self {
            Node::Expression(expression) => {
                walk::children(expression, &mut |child, distance| visit(Node::Expression(child), distance));
                match &expression.kind {
                    Some(Kind::Literal(literal)) => visit(Node::Literal(literal), 1),
                    Some(Kind::Cast(cast)) => cast.to.iter().for_each(|ty| visit(Node::Type(ty), 2)),
                    _ => {}
                }
            }
            Node::Literal(literal) => inside_literal(literal, visit),
            Node::Type(ty) => inside_type(ty, visit),
        }
    }
}

fn inside_literal<'p>(of: &'p Literal, visit: &mut dyn FnMut(Node<'p>, u32)) {
    of.r#type.iter().for_each(|ty| visit(Node::Type(ty), 1));
    match &of.value {
        Some(literal::Value::ListValue(list) | literal::Value::StructValue(list)) => {
            list.items.iter().for_each(|item| visit(Node::Literal(item), 2));
        }
        Some(literal::Value::MapValue(map)) => map.keys.iter().chain(&map.values).for_each(|item| visit(Node::Literal(item), 2)),
        _ => {}
    }
}

fn inside_type<'p>(of: &'p DataType, visit: &mut dyn FnMut(Node<'p>, u32)) {
    match &of.kind {
        Some(data_type::Kind::ListType(list)) => list.element.iter().for_each(|ty| visit(Node::Type(ty), 2)),
        Some(data_type::Kind::StructType(of)) => {
            of.fields.iter().filter_map(|field: &Field| field.r#type.as_ref()).for_each(|ty| visit(Node::Type(ty), 3));
        }
        Some(data_type::Kind::MapType(map)) => map.key.iter().chain(&map.value).for_each(|ty| visit(Node::Type(ty), 2)),
        Some(data_type::Kind::Extension(of)) => of.storage.iter().for_each(|ty| visit(Node::Type(ty), 2)),
        _ => {}
    }
}

/// How deep messages nest from here, one more or less: far below and far above what may nest, that is enough to know.
fn height(from: Node) -> u32 {
    let mut stack = vec![(from, 1)];
    let mut deepest = 1;
    while let Some((node, depth)) = stack.pop() {
        // One more for a message at the end of the branch that holds no other of its kind.
        deepest = deepest.max(depth + 1);
        if depth <= STACK_DEPTH_MAX {
            node.inner(&mut |child, distance| stack.push((child, depth + distance)));
        }
    }
    deepest
}

/// What encoding, which recurses, takes of the stack without trouble. Deeper than messages may nest: the decoder draws that line.
const STACK_DEPTH_MAX: u32 = 2 * MESSAGE_DEPTH_MAX;

/// Refuses a plan made in this process whose expressions nest so deep that encoding them could take the whole stack.
pub(crate) fn check_depth(plan: &Plan) -> Result<()> {
    let mut deepest = 0;
    let mut note = |expression, distance| deepest = deepest.max(distance + height(Node::Expression(expression)) - 1);
    plan.shared_expressions.iter().for_each(|entry| note(entry, 2));
    plan.relations.iter().for_each(|of| walk::relation(of, &mut |expression, distance| note(expression, distance + 1)));
    if let Some(plan::Root::Command(command)) = &plan.root {
        walk::command(command, &mut |expression, distance| note(expression, distance + 1));
    }
    if deepest <= STACK_DEPTH_MAX {
        return Ok(());
    }
    let message = format!("expressions nest more than {MESSAGE_DEPTH_MAX} messages deep; hoist them into shared_expressions");
    Err(Error::new(Code::PlanTooDeep, message))
}
