//! Functions of our own, where DataFusion has none or another meaning. Few.

pub(crate) mod arithmetic;
pub(crate) mod bounded;
pub(crate) mod chain;
pub(crate) mod decimal;
pub(crate) mod floats;
mod growth;
pub(crate) mod in_set;
pub(crate) mod rounding;
pub(crate) mod rules;
pub(crate) mod sum;
pub(crate) mod wide;
