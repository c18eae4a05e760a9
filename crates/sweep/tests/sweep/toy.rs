//! A made-up task without tensors: twelve heads, of which each is worth what it is.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use heads::{HeadGrid, HeadMask, SeededUniform};
use methods::{
    Attention, Candidate, Derivatives, ExecuteError, Fit, Gates, Progress, ProgressReport, Role, Split, Task,
    Trained, Unit, Worth,
};
use records::{MASK_FILE, Measured, Row, write_mask};

/// Use of each of 12 heads: what the loss falls by as its gate opens.
pub const USE: [f64; 12] = [0.5, 0.1, 0.9, 0.3, 0.2, 0.8, 0.05, 0.6, 0.7, 0.4, 1.1, 0.15];

/// A task whose loss is minus the sum of gate times use.
pub struct Toy {
    pub grid: HeadGrid,
    pub trainings: Rc<Cell<usize>>,
    pub weights_trained: Rc<Cell<bool>>,
    pub taken: Option<PathBuf>,
    pub saved: PathBuf,
    /// Times that derivatives were asked for, and at which of them it fails.
    pub looks: usize,
    pub fails_at: Option<usize>,
    /// Examples that passed the model.
    pub cost: u64,
}

impl Toy {
    pub fn new(folder: &Path) -> Self {
        Self {
            grid: HeadGrid::encoder(3, 4).unwrap(),
            trainings: Rc::default(),
            weights_trained: Rc::default(),
            taken: None,
            saved: folder.to_owned(),
            looks: 0,
            fails_at: None,
            cost: 0,
        }
    }
}

impl Task for Toy {
    fn grid(&self) -> &HeadGrid {
        &self.grid
    }
    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize {
        let by_epochs = epochs.map(|epochs| (epochs * 100.0) as usize);
        by_epochs.into_iter().chain(updates).min().unwrap()
    }
    fn take_fresh(&mut self) -> Result<(), ExecuteError> {
        self.taken = Some("fresh".into());
        Ok(())
    }
    fn take_saved(&mut self, folder: &Path) -> Result<(), ExecuteError> {
        self.taken = Some(folder.to_owned());
        Ok(())
    }
    fn train(&mut self, fit: Fit, progress: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        assert!(self.taken.is_some(), "trained before a model was taken");
        std::fs::create_dir_all(&fit.folder).unwrap();
        self.trainings.set(self.trainings.get() + 1);
        self.cost += 2 * fit.updates as u64;
        self.weights_trained.set(fit.weights.is_some());
        let Some(mut training) = fit.gate else {
            return Ok(Trained::default());
        };
        let against: Vec<f64> = USE.iter().map(|gain| -gain).collect();
        let mut open = Vec::new();
        for update in 0..fit.updates as u64 {
            training.gate.set_update(update);
            let gates = training.gate.sample(&mut SeededUniform::at_update(7, update));
            open.push(HeadMask::above(gates, 0.5));
            training.gate.pull_back(&against).unwrap();
            for group in training.gate.parameters_mut() {
                for (parameter, slope) in group.values.iter_mut().zip(group.gradient) {
                    *parameter -= training.rate.peak * slope;
                }
            }
            progress.report(&ProgressReport {
                done: update + 1,
                total: fit.updates as u64,
                ..ProgressReport::default()
            });
        }
        Ok(Trained {
            parameters: training.gate.importances().to_vec(),
            open,
            ..Trained::default()
        })
    }
    fn save(&mut self) -> Result<(), ExecuteError> {
        std::fs::write(self.saved.join("model"), "weights").unwrap();
        Ok(())
    }
    fn derivatives(
        &mut self,
        request: &Derivatives<'_>,
        _: &mut dyn Progress,
        add: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError> {
        if self.fails_at == Some(self.looks) {
            return Err(ExecuteError::new("interrupted"));
        }
        self.looks += 1;
        let slope: Vec<f64> = USE.iter().map(|gain| -gain).collect();
        let batch: Vec<f64> = slope.iter().map(|slope| 2.0 * slope).collect();
        for _ in 0..request.batches.unwrap_or(3) {
            match request.unit {
                Unit::Batch => add(&batch, 2),
                Unit::Example => {
                    add(&slope, 1);
                    add(&slope, 1);
                }
                Unit::Position => add(&batch.iter().map(|slope| slope.abs()).collect::<Vec<_>>(), 2),
            }
            self.cost += 2;
        }
        Ok(())
    }
    fn score(&mut self, gates: Option<&[f64]>) -> Result<f64, ExecuteError> {
        let value = |gates: &[f64]| gates.iter().zip(USE).map(|(gate, gain)| gate * gain).sum();
        Ok(value(gates.unwrap_or(&[1.0; 12])))
    }
    fn splits(&self) -> Vec<String> {
        vec!["matched".to_owned()]
    }
    fn worth(&mut self, _: Split<'_>, gates: &[f64], _: Option<usize>) -> Result<Worth, ExecuteError> {
        if self.fails_at == Some(self.looks) {
            return Err(ExecuteError::new("interrupted"));
        }
        self.looks += 1;
        self.cost += 10;
        let value: f64 = gates.iter().zip(USE).map(|(gate, gain)| gate * gain).sum();
        Ok(Worth {
            loss: -value,
            accuracy: None,
            examples: 10,
        })
    }
    fn attention(
        &mut self,
        _: Split<'_>,
        gates: &[f64],
        _: Option<usize>,
    ) -> Result<Attention, ExecuteError> {
        self.cost += 10;
        // The more a head is of use, the surer it is.
        let largest: Vec<f64> = USE.iter().take(gates.len()).map(|gain| gain / 10.0).collect();
        Ok(Attention {
            entropy: largest.iter().map(|largest| 1.0 - largest).collect(),
            largest,
            examples: 10,
        })
    }
    fn cost(&self) -> u64 {
        self.cost
    }
    fn add_cost(&mut self, examples: u64) {
        self.cost += examples;
    }
    fn measure(&mut self, candidates: &[Candidate], _: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        let taken = self.taken.as_ref().unwrap();
        assert!(
            taken.as_os_str() == "fresh" || taken.is_dir(),
            "measured the model of {}",
            taken.display()
        );
        let row = |candidate: &Candidate| {
            let (gates, metric) = match &candidate.gates {
                Gates::Hard(mask) => (mask.gates(), "accuracy"),
                Gates::Soft { values, .. } => (values.clone(), "accuracy_soft_gates"),
            };
            let kept = HeadMask::above(&gates, 0.5).kept();
            Row {
                variant: candidate.variant.clone(),
                k_target: candidate.k_target.unwrap_or(kept),
                k_actual: kept,
                split: "matched".into(),
                metric: metric.into(),
                value: gates.iter().zip(USE).map(|(gate, gain)| gate * gain).sum(),
                n_examples: 10,
                signature: String::new(),
                params_after: 0,
                macs_before: None,
                macs_after: None,
            }
        };
        let mut chosen = candidates
            .iter()
            .filter_map(|candidate| match (&candidate.gates, candidate.role) {
                (Gates::Hard(mask), Role::Choice) => Some(mask),
                _ => None,
            });
        if let (Some(mask), None) = (chosen.next(), chosen.next()) {
            let row = |flags: &[bool]| flags.iter().map(|&kept| u8::from(kept)).collect();
            let rows: Vec<Vec<u8>> = self.grid.cut(mask.flags()).map(row).collect();
            write_mask(&self.saved.join(MASK_FILE), &rows).unwrap();
        }
        Ok(Measured {
            n_heads: 12,
            params_before: 0,
            train_updates: 0,
            rows: candidates.iter().map(row).collect(),
            mask: None,
            modules: Vec::new(),
            margin: None,
            scores: None,
            cost_examples: None,
            warnings: Vec::new(),
        })
    }
}

pub struct Silent;
impl Progress for Silent {
    fn report(&mut self, update: &ProgressReport) {
        assert!(update.done <= update.total, "{update:?}");
    }
}
