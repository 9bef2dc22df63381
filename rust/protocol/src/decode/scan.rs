//! The walk over the bytes: an explicit stack of open messages, no recursion, no allocation that input can drive.

use super::blame;
use super::reader::{Broken, Reader, WireType};
use super::shape::{FieldShape, Kind, MessageShape, Role, SHAPES};
use crate::error::{Code, Error, Result};
use crate::limits::{MESSAGE_DEPTH_MAX, PlanLimits};

/// Walks the bytes of a message of this shape; answers how many relations there are.
pub(super) fn scan(root: &'static MessageShape, bytes: &[u8], limits: &PlanLimits) -> Result<usize> {
    let limit = if root.role == Role::Plan { "plan_bytes" } else { "message_bytes" };
    if limits.get(limit).is_some_and(|most| bytes.len() as u64 > most) {
        return Err(limits.exceeded(limit, format_args!("the message has {} bytes", bytes.len())));
    }
    let mut walk = Walk {
        reader: Reader::new(bytes, 0),
        bytes,
        limits,
        stack: vec![Frame::new(root, 0, bytes.len(), None)],
        counts: Counts { decoded: root.decoded_bytes, ..Counts::default() },
        tag_at: 0,
    };
    walk.run().map_err(|fault| blame::locate(fault, bytes, &walk.stack, walk.tag_at))?;
    Ok(walk.counts.relations as usize)
}

/// An open message.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) shape: &'static MessageShape,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where its tag stands in the enclosing message.
    pub(super) tag_at: usize,
    /// Which field of the enclosing message it is.
    pub(super) field: Option<&'static FieldShape>,
    fields_seen: u64,
    oneofs_seen: u8,
    /// Open messages from the plan, or else from the root, to this one.
    depth: u32,
    type_depth: u32,
    columns: u32,
}

impl Frame {
    fn new(shape: &'static MessageShape, start: usize, end: usize, field: Option<&'static FieldShape>) -> Self {
        Self { shape, start, end, tag_at: start, field, fields_seen: 0, oneofs_seen: 0, depth: 1, type_depth: 0, columns: 0 }
    }
}

/// What is wrong, before anybody asks where: in the open message, or in this field of it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Error,
    pub(super) field: Option<&'static FieldShape>,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { error, field: None }
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Error::new(Code::PlanMalformed, broken).into()
    }
}

#[derive(Debug, Default)]
struct Counts {
    relations: u32,
    edges: u32,
    expressions: u32,
    decoded: u64,
}

struct Walk<'b> {
    reader: Reader<'b>,
    bytes: &'b [u8],
    limits: &'b PlanLimits,
    stack: Vec<Frame>,
    counts: Counts,
    tag_at: usize,
}

type Step<T = ()> = std::result::Result<T, Fault>;

impl Walk<'_> {
    fn run(&mut self) -> Step {
        while let Some(frame) = self.stack.last_mut() {
            if self.reader.at() >= frame.end {
                self.stack.pop();
                continue;
            }
            let end = frame.end;
            self.tag_at = self.reader.at();
            let (number, wire) = self.reader.tag(end)?;
            let field = note_field(frame, number)?;
            self.value(field, wire, end).map_err(|fault| Fault { field: fault.field.or(Some(field)), ..fault })?;
        }
        Ok(())
    }

    fn value(&mut self, field: &'static FieldShape, wire: WireType, end: usize) -> Step {
        match field.kind {
            Kind::Message(at) => {
                expect(field, wire, WireType::Length)?;
                let to = self.reader.length(end)?;
                self.message(field, at, to)
            }
            Kind::Text => {
                expect(field, wire, WireType::Length)?;
                let to = self.reader.length(end)?;
                self.text(to)
            }
            Kind::Bytes => {
                expect(field, wire, WireType::Length)?;
                let to = self.reader.length(end)?;
                let length = self.reader.take(to).len();
                self.weigh(2 * size_of::<prost::bytes::Bytes>() + length)
            }
            Kind::Fixed32 => self.fixed(field, wire, WireType::Fixed32, 4, end),
            Kind::Fixed64 => self.fixed(field, wire, WireType::Fixed64, 8, end),
            _ if wire == WireType::Length && field.repeated => {
                let to = self.reader.length(end)?;
                self.packed(field, to)
            }
            _ => {
                expect(field, wire, WireType::Varint)?;
                self.number(field, end)
            }
        }
    }

    fn message(&mut self, field: &'static FieldShape, at: usize, to: usize) -> Step {
        let shape = SHAPES.message(at).ok_or("the descriptors are incomplete")?;
        // Twice what a repeated field needs, because a growing vector holds up to twice what is in it.
        self.weigh(shape.decoded_bytes as usize * if field.repeated { 2 } else { 1 })?;
        if field.ignorable {
            self.reader.take(to);
            return Ok(());
        }
        self.open(field, shape, to)
    }

    fn open(&mut self, field: &'static FieldShape, shape: &'static MessageShape, to: usize) -> Step {
        let start = self.reader.at();
        let mut frame = Frame { tag_at: self.tag_at, ..Frame::new(shape, start, to, Some(field)) };
        if let Some(parent) = self.stack.last_mut() {
            frame.type_depth = parent.type_depth;
            // A plan counts its own depth, so that one that is right alone is right inside a request too.
            frame.depth = if shape.role == Role::Plan { 1 } else { parent.depth + 1 };
            parent.columns += u32::from(parent.shape.role == Role::Columns && field.name == "fields");
            if parent.columns > self.limits.columns {
                return Err(self.limits.exceeded("columns", "a schema has more columns").into());
            }
        }
        self.count(&mut frame)?;
        self.stack.push(frame);
        Ok(())
    }

    fn count(&mut self, frame: &mut Frame) -> Step {
        let (limits, bytes) = (self.limits, (frame.end - frame.start) as u64);
        if frame.depth > MESSAGE_DEPTH_MAX {
            let message = format!("messages nest more than {MESSAGE_DEPTH_MAX} deep; hoist deep expressions into shared_expressions");
            return Err(Error::new(Code::PlanTooDeep, message).into());
        }
        match frame.shape.role {
            Role::Plan if bytes > limits.plan_bytes => {
                Err(limits.exceeded("plan_bytes", format_args!("the plan has {bytes} bytes")).into())
            }
            Role::Literal if bytes > limits.literal_bytes => {
                Err(limits.exceeded("literal_bytes", format_args!("a literal has {bytes} bytes")).into())
            }
            Role::Relation => tick(&mut self.counts.relations, limits.relations).map_err(|()| {
                let found = format_args!("the plan has more than {} relations", limits.relations);
                limits.exceeded("relations", found).into()
            }),
            Role::Expression => tick(&mut self.counts.expressions, limits.expressions).map_err(|()| {
                let found = format_args!("the plan has more than {} expressions", limits.expressions);
                limits.exceeded("expressions", found).into()
            }),
            Role::DataType => tick(&mut frame.type_depth, limits.type_depth).map_err(|()| {
                limits.exceeded("type_depth", format_args!("a data type nests more than {} levels", limits.type_depth)).into()
            }),
            _ => Ok(()),
        }
    }

    fn text(&mut self, to: usize) -> Step {
        let text = self.reader.take(to);
        if std::str::from_utf8(text).is_err() {
            return Err("a text is not UTF-8".into());
        }
        self.weigh(2 * size_of::<String>() + text.len())
    }

    fn fixed(&mut self, field: &FieldShape, wire: WireType, expected: WireType, bytes: usize, end: usize) -> Step {
        expect(field, wire, expected)?;
        Ok(self.reader.skip(bytes, end)?)
    }

    fn packed(&mut self, field: &'static FieldShape, to: usize) -> Step {
        while self.reader.at() < to {
            self.number(field, to)?;
        }
        Ok(())
    }

    fn number(&mut self, field: &'static FieldShape, end: usize) -> Step {
        let value = self.reader.varint(end)?;
        check_number(field, value)?;
        if field.repeated {
            self.weigh(2 * size_of::<u64>())?;
            self.edge()?;
        }
        Ok(())
    }

    /// Counts an element of `Relation.inputs`, the only repeated number directly in a relation.
    fn edge(&mut self) -> Step {
        let in_relation = self.stack.last().is_some_and(|frame| frame.shape.role == Role::Relation);
        if in_relation && tick(&mut self.counts.edges, self.limits.edges).is_err() {
            let found = format_args!("the relations have more than {} inputs together", self.limits.edges);
            return Err(self.limits.exceeded("edges", found).into());
        }
        Ok(())
    }

    fn weigh(&mut self, bytes: usize) -> Step {
        self.counts.decoded += bytes as u64;
        if self.counts.decoded > self.limits.decoded_bytes {
            let found = format_args!("the {} bytes would take more memory once decoded", self.bytes.len());
            return Err(self.limits.exceeded("decoded_bytes", found).into());
        }
        Ok(())
    }
}

/// Finds the field of this number and notes that it is set.
fn note_field(frame: &mut Frame, number: u32) -> Step<&'static FieldShape> {
    let shape = frame.shape;
    let Some((position, field)) = shape.position(number).and_then(|at| shape.fields.get(at).map(|field| (at, field))) else {
        let message = format!("{} has no field {number}", shape.short_name());
        return Err(Error::new(Code::PlanUnknownField, message).param("message", &shape.name).param("field", number.to_string()).into());
    };
    let twice = |what: &str| Fault {
        error: Error::new(Code::PlanMalformed, format!("{what} of {} is set twice", shape.short_name())),
        field: Some(field),
    };
    if let Some(oneof) = field.oneof {
        let bit = 1u8.checked_shl(oneof.into()).unwrap_or(0);
        if frame.oneofs_seen & bit != 0 {
            let name = shape.oneofs.get(usize::from(oneof)).map_or("the oneof", String::as_str);
            return Err(twice(&format!("oneof {name}")));
        }
        frame.oneofs_seen |= bit;
    } else if !field.repeated {
        let bit = 1u64.checked_shl(position as u32).unwrap_or(0);
        if frame.fields_seen & bit != 0 {
            return Err(twice(&field.name));
        }
        frame.fields_seen |= bit;
    }
    Ok(field)
}

fn expect(field: &FieldShape, found: WireType, expected: WireType) -> Step {
    if found == expected {
        return Ok(());
    }
    let message = format!("{} is written as {}, not as {}", field.name, found.name(), expected.name());
    Err(Error::new(Code::PlanMalformed, message).into())
}

/// Refuses a number that the field's type would cut off, and an enum value without a name.
fn check_number(field: &FieldShape, value: u64) -> Step {
    let fits = match field.kind {
        Kind::Bool => value <= 1,
        Kind::Uint32 | Kind::Sint32 => u32::try_from(value).is_ok(),
        Kind::Int32 | Kind::Enum(_) => i32::try_from(value.cast_signed()).is_ok(),
        _ => true,
    };
    if !fits {
        let message = format!("{} does not fit its type: {value}", field.name);
        return Err(Error::new(Code::PlanMalformed, message).into());
    }
    let Kind::Enum(at) = field.kind else { return Ok(()) };
    let known = SHAPES.enumeration(at).ok_or("the descriptors are incomplete")?;
    if known.knows(value.cast_signed() as i32) {
        return Ok(());
    }
    let message = format!("{} has no value {}", known.name, value.cast_signed());
    Err(Error::new(Code::PlanUnknownEnum, message).param("enum", &known.name).param("value", value.to_string()).into())
}

/// Counts one more, unless that exceeds the limit.
fn tick(count: &mut u32, limit: u32) -> std::result::Result<(), ()> {
    *count += 1;
    if *count > limit { Err(()) } else { Ok(()) }
}
