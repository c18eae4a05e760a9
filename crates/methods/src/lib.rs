//! The methods of the comparison, each a file, written against what any learning task can do ([`Task`]): trainings under a
//! gate, derivatives with respect to gates, measurements under masks. They see N numbers, never a tensor or a text.

mod attention;
mod dense;
mod dsp;
mod error;
mod exact;
mod finetuned;
mod fisher;
mod fixed;
mod importances;
mod method;
mod michel;
mod oracle;
mod order;
mod part;
mod pipelined;
mod progress;
mod random;
mod scores;
mod shapley;
mod simple;
mod ste;
mod table;
mod task;
mod voita;

pub use attention::{AttentionSection, AttentionVariant};
pub use dense::DENSE;
pub use dsp::DspSection;
pub use error::ExecuteError;
pub use finetuned::FinetuneSection;
pub use fisher::{FisherSection, FisherVariant};
pub use importances::{LearnedGate, RateSection};
pub use method::{Job, Method, Training};
pub use michel::{CountedHeads, MichelSection, ScoreVariant};
pub use oracle::OracleSection;
pub use pipelined::PipelinedSection;
pub use progress::{Progress, ProgressReport};
pub use random::RandomSection;
pub use scores::ScoresSection;
pub use shapley::ShapleySection;
pub use simple::{Simple, SimpleSection};
pub use ste::{Ste, SteSection};
pub use table::Methods;
pub use task::{
    Answers, Attention, Candidate, Choose, Derivatives, Fit, GateFit, Gates, Rate, Role, Split, Task,
    Trained, Unit, Worth, the_choice, updates_within,
};
pub use voita::{PenaltyName, VoitaMask, VoitaMode, VoitaSection};
