//! Authentication: bearer tokens, checked by one layer around everything.

mod layer;
mod store;
pub mod token;

pub(crate) use layer::{AuthLayer, basic_password};
pub(crate) use store::Tokens;
