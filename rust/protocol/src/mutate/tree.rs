//! The fields of a message as a tree that can be edited with knowledge of the contract and written back, right or wrong.

use super::random::Random;
use crate::decode::reader::{Reader, WireType};
use crate::decode::shape::{FieldShape, Kind, MessageShape, SHAPES};

/// Edits stop making trees larger beyond this many fields.
const FIELDS_MAX: usize = 4_000;

/// How many copies an edit makes at most.
const COPIES_MAX: usize = 300;

#[derive(Debug, Clone)]
pub(super) struct Tree {
    shape: Option<&'static MessageShape>,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    number: u32,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Number(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
    Message(Tree),
}

impl Tree {
    /// The tree of an encoded plan that is right.
    pub(super) fn parse(plan: &[u8]) -> Self {
        Self::parse_as(SHAPES.find("polybolos.plan.v1.Plan"), plan)
    }

    fn parse_as(shape: Option<&'static MessageShape>, bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        let mut reader = Reader::new(bytes, 0);
        while reader.at() < bytes.len() {
            match parse_field(shape, &mut reader, bytes.len()) {
                Some(field) => fields.push(field),
                None => break,
            }
        }
        Self { shape, fields }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        for Field { number, value } in &self.fields {
            let tag = |wire: u64| varint(u64::from(*number) << 3 | wire);
            match value {
                Value::Number(value) => out.extend([tag(0), varint(*value)].concat()),
                Value::Fixed64(bytes) => out.extend([tag(1), bytes.to_vec()].concat()),
                Value::Fixed32(bytes) => out.extend([tag(5), bytes.to_vec()].concat()),
                Value::Bytes(bytes) => out.extend([tag(2), varint(bytes.len() as u64), bytes.clone()].concat()),
                Value::Message(tree) => {
                    let inner = tree.encode();
                    out.extend([tag(2), varint(inner.len() as u64), inner].concat());
                }
            }
        }
    }

    /// The number of fields, in this message and below.
    fn size(&self) -> usize {
        self.fields.iter().map(|field| 1 + if let Value::Message(tree) = &field.value { tree.size() } else { 0 }).sum()
    }

    /// A message of the tree, by its number in the order of writing.
    fn message(&self, wanted: &mut usize) -> Option<&Tree> {
        if *wanted == 0 {
            return Some(self);
        }
        *wanted -= 1;
        self.fields.iter().find_map(|field| if let Value::Message(tree) = &field.value { tree.message(wanted) } else { None })
    }

    fn message_mut(&mut self, wanted: &mut usize) -> Option<&mut Tree> {
        if *wanted == 0 {
            return Some(self);
        }
        *wanted -= 1;
        self.fields.iter_mut().find_map(|field| if let Value::Message(tree) = &mut field.value { tree.message_mut(wanted) } else { None })
    }

    fn messages(&self) -> usize {
        1 + self.fields.iter().map(|field| if let Value::Message(tree) = &field.value { tree.messages() } else { 0 }).sum::<usize>()
    }

    /// One edit somewhere in the tree, with parts of another one.
    pub(super) fn edit(&mut self, random: &mut Random, other: &Tree) {
        let room = FIELDS_MAX.saturating_sub(self.size());
        let mut at = random.below(self.messages());
        let copy = self.clone_part(random, other, room);
        if let Some(message) = self.message_mut(&mut at) {
            message.edit_here(random, copy, room);
        }
    }

    /// A message from this tree (which nests it in itself) or from the other.
    fn clone_part(&self, random: &mut Random, other: &Tree, room: usize) -> Option<Tree> {
        let from = if random.one_in(4) { self } else { other };
        let mut at = random.below(from.messages());
        from.message(&mut at).filter(|part| part.size() <= room).cloned()
    }

    fn edit_here(&mut self, random: &mut Random, part: Option<Tree>, room: usize) {
        let at = random.below(self.fields.len());
        match random.below(10) {
            0 if !self.fields.is_empty() => drop(self.fields.remove(at)),
            1 => self.repeat(at, random, room),
            2 if !self.fields.is_empty() => {
                let with = random.below(self.fields.len());
                self.fields.swap(at, with);
            }
            3 => self.renumber(at, random),
            4 | 5 => self.splice(random, part),
            6 => self.add_known(random),
            7 => self.confuse(at, random),
            _ => self.change_value(at, random),
        }
    }

    fn repeat(&mut self, at: usize, random: &mut Random, room: usize) {
        let Some(field) = self.fields.get(at).cloned() else { return };
        let size = 1 + if let Value::Message(tree) = &field.value { tree.size() } else { 0 };
        let most = if random.one_in(20) { COPIES_MAX } else { 2 };
        let copies = (1 + random.below(most)).min(room / size);
        drop(self.fields.splice(at..at, std::iter::repeat_n(field, copies)));
    }

    fn renumber(&mut self, at: usize, random: &mut Random) {
        let known = self.shape.and_then(|shape| random.pick(&shape.fields)).map_or(1, |field| field.number);
        let number = if random.one_in(4) { 1 + random.below(1 << 12) as u32 } else { known };
        if let Some(field) = self.fields.get_mut(at) {
            field.number = number;
        }
    }

    /// Puts a message from elsewhere where one of its shape may stand, or anywhere.
    fn splice(&mut self, random: &mut Random, part: Option<Tree>) {
        let (Some(part), Some(shape)) = (part, self.shape) else { return };
        let fits = |field: &&FieldShape| matches!(field.kind, Kind::Message(at) if same(SHAPES.message(at), part.shape));
        let fitting: Vec<u32> = shape.fields.iter().filter(fits).map(|field| field.number).collect();
        let anywhere = shape.fields.iter().filter(|field| matches!(field.kind, Kind::Message(_))).map(|field| field.number);
        let numbers = if fitting.is_empty() { anywhere.collect() } else { fitting };
        let Some(&number) = random.pick(&numbers) else { return };
        let value = Value::Message(part);
        match self.fields.iter_mut().find(|field| field.number == number) {
            Some(field) if random.one_in(2) => field.value = value,
            _ => self.fields.push(Field { number, value }),
        }
    }

    fn add_known(&mut self, random: &mut Random) {
        let Some(field) = self.shape.and_then(|shape| random.pick(&shape.fields)) else { return };
        let value = match field.kind {
            Kind::Message(at) => Value::Message(Tree { shape: SHAPES.message(at), fields: Vec::new() }),
            Kind::Text | Kind::Bytes => Value::Bytes(random_text(random)),
            Kind::Fixed32 => Value::Fixed32((random.bits() as u32).to_le_bytes()),
            Kind::Fixed64 => Value::Fixed64(random.bits().to_le_bytes()),
            Kind::Enum(_) | Kind::Bool => Value::Number(random.below(6) as u64),
            _ => Value::Number(random.number()),
        };
        self.fields.push(Field { number: field.number, value });
    }

    /// Gives a field another wire type.
    fn confuse(&mut self, at: usize, random: &mut Random) {
        let Some(field) = self.fields.get_mut(at) else { return };
        field.value = match random.below(4) {
            0 => Value::Number(random.number()),
            1 => Value::Fixed64(random.bits().to_le_bytes()),
            2 => Value::Bytes(random_text(random)),
            _ => Value::Fixed32((random.bits() as u32).to_le_bytes()),
        };
    }

    fn change_value(&mut self, at: usize, random: &mut Random) {
        let Some(field) = self.fields.get_mut(at) else { return };
        match &mut field.value {
            Value::Number(value) => *value = if random.one_in(2) { random.below(8) as u64 } else { random.number() },
            Value::Fixed64(bytes) => *bytes = random.pick(&[f64::NAN, f64::INFINITY, -0.0, -1.0, 1.5]).unwrap_or(&0.0).to_le_bytes(),
            Value::Fixed32(bytes) => *bytes = random.pick(&[f32::NAN, f32::INFINITY, -0.0, 0.1, 65_504.0]).unwrap_or(&0.0).to_le_bytes(),
            Value::Bytes(bytes) => *bytes = random_text(random),
            Value::Message(tree) => tree.fields.clear(),
        }
    }
}

fn parse_field(shape: Option<&'static MessageShape>, reader: &mut Reader, end: usize) -> Option<Field> {
    let (number, wire) = reader.tag(end).ok()?;
    let kind = shape.and_then(|shape| shape.fields.get(shape.position(number)?)).map(|field| field.kind);
    let value = match wire {
        WireType::Varint => Value::Number(reader.varint(end).ok()?),
        WireType::Fixed64 => Value::Fixed64(fixed(reader, end)?),
        WireType::Fixed32 => Value::Fixed32(fixed(reader, end)?),
        WireType::Length => {
            let to = reader.length(end).ok()?;
            let bytes = reader.take(to);
            match kind {
                Some(Kind::Message(at)) => Value::Message(Tree::parse_as(SHAPES.message(at), bytes)),
                _ => Value::Bytes(bytes.to_vec()),
            }
        }
    };
    Some(Field { number, value })
}

fn fixed<const N: usize>(reader: &mut Reader, end: usize) -> Option<[u8; N]> {
    let to = reader.at() + N;
    if to > end {
        return None;
    }
    reader.take(to).try_into().ok()
}

fn same(one: Option<&MessageShape>, other: Option<&MessageShape>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one.name == other.name)
}

fn random_text(random: &mut Random) -> Vec<u8> {
    match random.below(8) {
        0 => Vec::new(),
        1 => (0..random.below(40)).map(|_| random.byte()).collect(),
        2 => vec![b'x'; random.below(3_000)],
        3 => random.word(&["core", "std", "sum", "eq", "and", "count", "rank"]).into_bytes(),
        4 => random.word(&["'; --", "\0", "ä\u{202e}", "../../x", "file:///", "a.b.c", "🦀"]).into_bytes(),
        5 => random.number().to_string().into_bytes(),
        _ => random.word(&["a", "b", "c", "t", "x", "0", "-1"]).into_bytes(),
    }
}

/// A number as the wire has it.
pub(super) fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(2);
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}
