//! An experiment: the file that names every choice, how it is read and checked, its canonical form and the hash of that.
//! Methods bring their own sections ([`Section`]) and are known by what a [`Registry`] says of them, none by name.

mod canonical;
mod content;
mod corpus;
mod error;
mod finding;
mod footprint;
mod generate;
mod home;
mod keys;
mod load;
mod nearest;
mod overrides;
mod place;
mod point;
mod presets;
mod recipe;
mod registry;
mod report;
mod sbatch_line;
mod schema;
mod section;
mod select;
mod slurm;
mod source;
mod source_map;
mod storing;
mod strict;
mod task;
mod validate;
mod validate_data;
mod validate_select;
mod weights;

pub use canonical::{Canonical, MethodConfig, Part, RECIPE_VERSION, RunConfig, json, without};
pub use content::file_sha256;
pub use corpus::{DataFile, DataSection, DataSource};
pub use error::ExperimentError;
pub use finding::Finding;
pub use generate::GenerateSection;
pub use load::{Names, load, load_with_names};
pub use nearest::nearest;
pub use overrides::Override;
pub use place::{ConfigError, Place};
pub use point::Point;
pub use recipe::{Recipe, Switch};
pub use registry::{Registry, switches};
pub use report::ReportSection;
pub use schema::{
    Decay, Experiment, ModelSection, PaddingRule, RunSection, Scale, ScheduleName, SweepSection, TrainSection,
};
pub use section::{Section, SectionType};
pub use select::{Keep, SelectGate, SelectSection, VALID};
pub use slurm::SlurmSection;
pub use source::Source;
pub use storing::StoreSection;
pub use task::TaskName;
pub use validate_select::check_tuning_split;
