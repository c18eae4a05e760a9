//! An experiment: the file that names every choice, how it is read and checked, and its canonical form.

mod canonical;
mod content;
mod keys;
mod load;
mod place;
mod recipe;
mod schema;
mod select;
mod validate;

pub(crate) use canonical::key_of;
pub use canonical::{Canonical, RECIPE_VERSION, RunKey};
pub(crate) use content::sha256;
pub use load::{Override, Source, load};
pub use place::{ConfigError, Place};
pub use recipe::{Recipe, SWITCHES, Switch};
pub use schema::{
    DataFile, DataSection, DataSource, Experiment, ModelSection, PaddingRule, RunSection, Scale,
    ScheduleName, SweepSection, Task, TrainSection,
};
pub use select::{Keep, SelectGate, SelectSection};
pub use validate::Finding;

pub(crate) use keys::nearest;
