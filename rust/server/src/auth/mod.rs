//! Authentication: bearer tokens, checked by one layer around everything; failures are counted for each address.

mod gate;
mod layer;
mod store;
mod throttle;
pub mod token;

pub(crate) use gate::Gate;
pub(crate) use layer::{AuthLayer, basic_password};
pub(crate) use store::Tokens;
