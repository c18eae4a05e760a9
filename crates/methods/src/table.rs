//! The methods that a program knows. A new method is one file and one line here, or a call of [`Methods::with`] from
//! another crate; nothing asks for one by name.

use experiment::{Experiment, Finding, Registry, SectionType};

use crate::method::Method;
use crate::{
    attention, dense, dsp, finetuned, fisher, michel, oracle, random, scores, shapley, simple, ste, voita,
};

/// The methods of this crate, in the order in which runs are planned.
static KNOWN: [&Method; 23] = [
    &dense::DENSE,
    &dsp::JOINT,
    &dsp::PIPELINED,
    &ste::JOINT,
    &ste::PIPELINED,
    &simple::JOINT,
    &simple::PIPELINED,
    &voita::JOINT,
    &voita::PIPELINED,
    &voita::FINETUNED,
    &michel::MICHEL,
    &fisher::FISHER,
    &shapley::SHAPLEY,
    &attention::ATTENTION,
    &scores::SCORES,
    &random::RANDOM,
    &random::JOINT,
    &finetuned::DSP,
    &finetuned::MICHEL,
    &finetuned::FISHER,
    &finetuned::SCORES,
    &finetuned::RANDOM,
    &oracle::ORACLE,
];

/// A table of methods.
#[derive(Debug, Clone)]
pub struct Methods(Vec<&'static Method>);

impl Methods {
    /// Those of this crate.
    pub fn known() -> Self {
        Self(KNOWN.to_vec())
    }

    /// With one more. Its name, and those of the stages that it starts from, must be of no other method.
    #[must_use]
    pub fn with(mut self, method: &'static Method) -> Self {
        self.0.push(method);
        self
    }

    /// All of them, in the order in which runs are planned.
    pub fn all(&self) -> &[&'static Method] {
        &self.0
    }

    /// The method of this name.
    pub fn find(&self, name: &str) -> Option<&'static Method> {
        self.0.iter().copied().find(|method| method.name == name)
    }
}

impl Registry for Methods {
    fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|method| method.name).collect()
    }

    fn sections(&self) -> Vec<SectionType> {
        let mut sections: Vec<SectionType> = Vec::new();
        for &method in &self.0 {
            for stage in std::iter::once(method).chain(method.bases()) {
                for section in stage.sections {
                    if sections.iter().all(|known| known.name != section.name) {
                        sections.push(*section);
                    }
                }
            }
        }
        sections
    }

    fn check(&self, method: &str, experiment: &Experiment) -> Result<(), Finding> {
        let Some(method) = self.find(method) else {
            return Ok(());
        };
        if method.starts_from.is_none()
            && method.name != dense::DENSE.name
            && experiment.train.epochs == Some(0.0)
        {
            let message = format!("is 0, but {} trains weights from their start", method.name);
            return Err(Finding::new("train.epochs", message)
                .hint("leave it out, or take the method out of `sweep.methods`"));
        }
        // What it starts from has settings of its own, also where nobody asked for it by name.
        let mut stages = std::iter::once(method).chain(method.bases());
        stages.try_for_each(|stage| {
            (stage.check)(experiment)?;
            match stage.looks_at_tuning_split() {
                true => experiment::check_tuning_split(experiment),
                false => Ok(()),
            }
        })
    }

    fn has_runs(&self, method: &str, experiment: &Experiment) -> bool {
        self.find(method)
            .is_some_and(|method| !(method.points)(experiment).is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_stages_included() {
        let methods = Methods::known();
        let all = methods
            .all()
            .iter()
            .flat_map(|method| std::iter::once(*method).chain(method.bases()));
        let mut names: Vec<(&str, *const Method)> =
            all.map(|method| (method.name, &raw const *method)).collect();
        names.sort();
        names.dedup();
        assert!(names.windows(2).all(|pair| pair[0].0 != pair[1].0), "{names:?}");
    }

    #[test]
    fn every_method_has_runs_by_default() {
        let mut experiment = Experiment::default();
        experiment.sweep.heads = vec![3];
        for method in Methods::known().all() {
            assert!(!(method.points)(&experiment).is_empty(), "{}", method.name);
        }
    }
}
