//! Random numbers from a seed: SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014).

/// A source of random numbers; the same seed gives the same numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A source for this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % (end.max(1) as u64)) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.bits() as u8
    }

    /// One of these.
    pub fn pick<'t, T>(&mut self, things: &'t [T]) -> Option<&'t T> {
        things.get(self.below(things.len()))
    }

    /// One of these texts.
    pub fn word<S: AsRef<str>>(&mut self, words: &[S]) -> String {
        self.pick(words).map_or_else(String::new, |word| word.as_ref().to_owned())
    }

    /// A number that programs stumble over, or any.
    pub fn number(&mut self) -> u64 {
        const AWKWARD: [u64; 14] =
            [0, 1, 2, 3, 99, 127, 128, 1 << 16, i32::MAX as u64, 1 << 31, u32::MAX as u64, 1 << 32, i64::MAX as u64, u64::MAX];
        if self.one_in(4) { self.bits() } else { self.pick(&AWKWARD).copied().unwrap_or(0) }
    }
}
