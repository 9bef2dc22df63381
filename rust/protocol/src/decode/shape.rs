//! The contract as a compact table, built once from its descriptors: what the scan looks up for each field it meets.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use crate::wire::DESCRIPTORS;

/// The size of each message's Rust type, printed by the build script.
const DECODED_SIZES: &[(&str, usize)] = include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

/// What a message takes at least: for those of other packages, and for the allocation itself.
const MESSAGE_BYTES_MIN: usize = 64;

/// All messages and enums.
pub(crate) static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::new);

#[derive(Debug, Default)]
pub(crate) struct Shapes {
    messages: Vec<MessageShape>,
    enums: Vec<EnumShape>,
    by_name: HashMap<String, usize>,
}

/// One message.
#[derive(Debug)]
pub(crate) struct MessageShape {
    /// The full name.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) fields: Vec<FieldShape>,
    pub(crate) oneofs: Vec<String>,
    /// Memory that one takes once decoded, without what it points to.
    pub(crate) decoded_bytes: u64,
    by_number: Vec<u8>,
}

/// What the scan counts or measures of a message beyond its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plan,
    Relation,
    Expression,
    DataType,
    Literal,
    Columns,
    Other,
}

/// One field.
#[derive(Debug)]
pub(crate) struct FieldShape {
    pub(crate) name: String,
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    pub(crate) repeated: bool,
    /// The oneof that it belongs to.
    pub(crate) oneof: Option<u8>,
    /// Ignorable by definition: its content is not walked.
    pub(crate) ignorable: bool,
}

/// What a field holds; messages and enums by their place in [`Shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Text,
    Bytes,
    Enum(usize),
    Message(usize),
}

/// One enum: its values with their names.
#[derive(Debug)]
pub(crate) struct EnumShape {
    pub(crate) name: String,
    pub(crate) values: Vec<(i32, String)>,
}

impl EnumShape {
    pub(crate) fn knows(&self, value: i32) -> bool {
        self.values.iter().any(|(known, _)| *known == value)
    }
}

impl MessageShape {
    /// The name without its package.
    pub(crate) fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// The position of the field of this number.
    pub(crate) fn position(&self, number: u32) -> Option<usize> {
        let entry = self.by_number.get(usize::try_from(number).ok()?)?;
        usize::from(*entry).checked_sub(1)
    }
}

impl Shapes {
    pub(crate) fn find(&self, name: &str) -> Option<&MessageShape> {
        self.by_name.get(name).and_then(|&at| self.messages.get(at))
    }

    pub(crate) fn message(&self, at: usize) -> Option<&MessageShape> {
        self.messages.get(at)
    }

    pub(crate) fn enumeration(&self, at: usize) -> Option<&EnumShape> {
        self.enums.get(at)
    }

    fn new() -> Self {
        let set = FileDescriptorSet::decode(DESCRIPTORS).unwrap_or_default();
        let mut building = Building::default();
        for file in &set.file {
            let scope = format!(".{}", file.package());
            file.enum_type.iter().for_each(|each| building.add_enum(&scope, each));
            file.message_type.iter().for_each(|each| building.add_message(&scope, each));
        }
        building.finish()
    }
}

/// Names first, fields after: a field may point to a message that comes later.
#[derive(Default)]
struct Building<'d> {
    messages: Vec<(String, &'d DescriptorProto)>,
    enums: Vec<EnumShape>,
    message_at: HashMap<String, usize>,
    enum_at: HashMap<String, usize>,
}

impl<'d> Building<'d> {
    fn add_enum(&mut self, scope: &str, each: &EnumDescriptorProto) {
        let name = format!("{scope}.{}", each.name());
        let values = each.value.iter().map(|value| (value.number(), value.name().to_owned())).collect();
        self.enum_at.insert(name.clone(), self.enums.len());
        self.enums.push(EnumShape { name: each.name().to_owned(), values });
    }

    fn add_message(&mut self, scope: &str, each: &'d DescriptorProto) {
        let name = format!("{scope}.{}", each.name());
        each.enum_type.iter().for_each(|nested| self.add_enum(&name, nested));
        each.nested_type.iter().for_each(|nested| self.add_message(&name, nested));
        self.message_at.insert(name.clone(), self.messages.len());
        self.messages.push((name, each));
    }

    fn finish(self) -> Shapes {
        let messages: Vec<MessageShape> = self.messages.iter().map(|(name, each)| self.message(name, each)).collect();
        let by_name = messages.iter().enumerate().map(|(at, shape)| (shape.name.clone(), at)).collect();
        Shapes { messages, enums: self.enums, by_name }
    }

    fn message(&self, name: &str, each: &DescriptorProto) -> MessageShape {
        let name = name.trim_start_matches('.').to_owned();
        let fields: Vec<FieldShape> = each.field.iter().map(|field| self.field(field)).collect();
        let decoded = DECODED_SIZES.iter().find(|(known, _)| *known == name).map_or(0, |(_, size)| *size);
        MessageShape {
            role: role(&name),
            by_number: by_number(&fields),
            oneofs: each.oneof_decl.iter().map(|oneof| oneof.name().to_owned()).collect(),
            decoded_bytes: decoded.max(MESSAGE_BYTES_MIN) as u64,
            fields,
            name,
        }
    }

    fn field(&self, field: &FieldDescriptorProto) -> FieldShape {
        FieldShape {
            name: field.name().to_owned(),
            number: field.number().unsigned_abs(),
            kind: self.kind(field),
            repeated: field.label() == Label::Repeated,
            // `optional` is written as a oneof of one field, which cannot be set twice in another way.
            oneof: field.oneof_index.filter(|_| !field.proto3_optional()).and_then(|index| u8::try_from(index).ok()),
            ignorable: field.name() == "annotations",
        }
    }

    fn kind(&self, field: &FieldDescriptorProto) -> Kind {
        match field.r#type() {
            Type::Bool => Kind::Bool,
            Type::Int32 => Kind::Int32,
            Type::Int64 => Kind::Int64,
            Type::Uint32 => Kind::Uint32,
            Type::Uint64 => Kind::Uint64,
            Type::Sint32 => Kind::Sint32,
            Type::Sint64 => Kind::Sint64,
            Type::Float | Type::Fixed32 | Type::Sfixed32 => Kind::Fixed32,
            Type::Double | Type::Fixed64 | Type::Sfixed64 => Kind::Fixed64,
            Type::String => Kind::Text,
            Type::Bytes => Kind::Bytes,
            Type::Enum => self.enum_at.get(field.type_name()).map_or(Kind::Bytes, |&at| Kind::Enum(at)),
            Type::Message | Type::Group => self.message_at.get(field.type_name()).map_or(Kind::Bytes, |&at| Kind::Message(at)),
        }
    }
}

fn by_number(fields: &[FieldShape]) -> Vec<u8> {
    let highest = fields.iter().map(|field| field.number).max().unwrap_or(0);
    let mut table = vec![0; highest as usize + 1];
    for (position, field) in fields.iter().enumerate() {
        if let Some(entry) = table.get_mut(field.number as usize) {
            *entry = u8::try_from(position + 1).unwrap_or(u8::MAX);
        }
    }
    table
}

fn role(name: &str) -> Role {
    match name {
        "polybolos.plan.v1.Plan" => Role::Plan,
        "polybolos.plan.v1.Relation" => Role::Relation,
        "polybolos.plan.v1.Expression" => Role::Expression,
        "polybolos.plan.v1.DataType" => Role::DataType,
        "polybolos.plan.v1.Literal" => Role::Literal,
        "polybolos.plan.v1.Schema" | "polybolos.plan.v1.StructType" => Role::Columns,
        _ => Role::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_fits_the_bits_that_the_scan_has_for_its_fields() {
        assert!(SHAPES.messages.len() > 100);
        for message in &SHAPES.messages {
            let oneofs = message.fields.iter().filter_map(|field| field.oneof).max().map_or(0, |last| last + 1);
            assert!(message.fields.len() <= 64 && oneofs <= 8, "{}", message.name);
        }
    }

    #[test]
    fn the_memory_of_each_of_our_messages_is_known() {
        for message in SHAPES.messages.iter().filter(|message| message.name.starts_with("polybolos.")) {
            assert!(DECODED_SIZES.iter().any(|(name, _)| *name == message.name), "{}", message.name);
        }
    }
}
