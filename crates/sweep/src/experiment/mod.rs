//! An experiment: the file that names every choice, how it is read and checked, and its canonical form.

mod canonical;
mod content;
mod corpus;
mod footprint;
mod generate;
mod home;
mod keys;
mod load;
mod overrides;
mod place;
mod recipe;
mod sbatch_line;
mod schema;
mod select;
mod slurm;
mod task;
mod validate;
mod validate_data;
mod weights;

pub use canonical::{Canonical, MethodConfig, RECIPE_VERSION, RunConfig, RunKey};
pub(crate) use content::{file_sha256, sha256};
pub use corpus::{DataFile, DataSection, DataSource};
pub use generate::GenerateSection;
pub use load::{Names, Source, load, load_with_names};
pub use overrides::Override;
pub use place::{ConfigError, Place};
pub use recipe::{Recipe, SWITCHES, Switch};
pub use schema::{
    Decay, Experiment, ModelSection, PaddingRule, RunSection, Scale, ScheduleName, SweepSection, TrainSection,
};
pub use select::{Keep, SelectGate, SelectSection, VALID};
pub use slurm::SlurmSection;
pub use task::Task;
pub use validate::Finding;

pub(crate) use keys::nearest;
