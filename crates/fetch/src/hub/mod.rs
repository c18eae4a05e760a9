//! The hub of models: names, the environment that its users know, its cache, and downloads into that.

mod cache;
mod environment;
#[cfg(feature = "network")]
mod model;
mod name;

pub use self::cache::Snapshot;
pub use self::environment::{Environment, Hub};
#[cfg(feature = "network")]
pub use self::model::fetch_model;
pub use self::name::ModelName;
