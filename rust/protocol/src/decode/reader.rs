//! The wire format's atoms: varints, tags, lengths. Never reads past the given end, never trusts a length.

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireType {
    Varint,
    Fixed64,
    Length,
    Fixed32,
}

impl WireType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            WireType::Varint => "varint",
            WireType::Fixed64 => "64-bit",
            WireType::Length => "length-delimited",
            WireType::Fixed32 => "32-bit",
        }
    }
}

/// What the bytes are not, in words.
pub(crate) type Broken = &'static str;

/// A position in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// A varint that ends before `end`.
    pub(crate) fn varint(&mut self, end: usize) -> Result<u64, Broken> {
        // Most are one byte long.
        let first = self.byte(end)?;
        if first < 0x80 { Ok(u64::from(first)) } else { self.long_varint(u64::from(first & 0x7f), end) }
    }

    fn long_varint(&mut self, first: u64, end: usize) -> Result<u64, Broken> {
        let mut value = first;
        for shift in [7, 14, 21, 28, 35, 42, 49, 56, 63] {
            let byte = self.byte(end)?;
            if shift == 63 && byte > 1 {
                return Err("a varint does not fit 64 bits");
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a varint does not fit 64 bits")
    }

    /// Field number and wire type.
    pub(crate) fn tag(&mut self, end: usize) -> Result<(u32, WireType), Broken> {
        let tag = u32::try_from(self.varint(end)?).map_err(|_| "a field number is too large")?;
        let wire = match tag & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            5 => WireType::Fixed32,
            3 | 4 => return Err("groups are not part of the contract"),
            _ => return Err("there is no such wire type"),
        };
        if tag >> 3 == 0 { Err("field numbers start at 1") } else { Ok((tag >> 3, wire)) }
    }

    /// The end of what a length prefix announces; it must not lie beyond `end`.
    pub(crate) fn length(&mut self, end: usize) -> Result<usize, Broken> {
        let length = self.varint(end)?;
        let left = end.saturating_sub(self.at);
        match usize::try_from(length) {
            Ok(length) if length <= left => Ok(self.at + length),
            _ => Err("a length reaches beyond its message"),
        }
    }

    /// The bytes up to `to`, which [`Reader::length`] gave.
    pub(crate) fn take(&mut self, to: usize) -> &'b [u8] {
        let bytes = self.bytes.get(self.at..to).unwrap_or_default();
        self.at = to;
        bytes
    }

    /// Steps over `count` bytes.
    pub(crate) fn skip(&mut self, count: usize, end: usize) -> Result<(), Broken> {
        if end.saturating_sub(self.at) < count {
            return Err("the message ends in the middle of a field");
        }
        self.at += count;
        Ok(())
    }

    /// Steps over the value of a field.
    pub(crate) fn skip_value(&mut self, wire: WireType, end: usize) -> Result<(), Broken> {
        match wire {
            WireType::Varint => self.varint(end).map(|_| ()),
            WireType::Fixed64 => self.skip(8, end),
            WireType::Fixed32 => self.skip(4, end),
            WireType::Length => {
                self.at = self.length(end)?;
                Ok(())
            }
        }
    }

    fn byte(&mut self, end: usize) -> Result<u8, Broken> {
        let byte = self.bytes.get(self.at).filter(|_| self.at < end).ok_or("the message ends in the middle of a field")?;
        self.at += 1;
        Ok(*byte)
    }
}
