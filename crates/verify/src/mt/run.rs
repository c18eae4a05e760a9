//! A recorded training as it is read.

use super::end::End;
use super::method::{Method, Settings};
use super::optimizer::{AdamConstants, Schedule};
use super::recording::{self, parse, train_batches};
use crate::VerifyError;
use crate::pull_back::PullBack;
use crate::tensors::Tensors;
use heads::HeadGate;
use models::translation::{TranslationBatch, TranslationModel};
use models::{Precision, TensorOptions};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
pub(super) struct TrajectoryFile {
    pub(super) start_weights: String,
    pub(super) updates: usize,
    pub(super) param_names: Vec<String>,
    pub(super) adam: AdamConstants,
    pub(super) lr_schedule: Schedule,
    pub(super) w_lr: f64,
    pub(super) settings: Settings,
    pub(super) steps: Vec<Step>,
    #[serde(flatten)]
    pub(super) end: End,
}

#[derive(Deserialize)]
pub(super) struct Step {
    pub(super) batch: usize,
    pub(super) ntokens: usize,
    pub(super) loss: f64,
    pub(super) lr: Option<f64>,
    pub(super) lr_w: Option<f64>,
    pub(super) tau: Option<f64>,
    pub(super) grad_norm: f64,
    pub(super) penalty: Option<f64>,
    pub(super) loss_f64: f64,
    pub(super) grad_norm_f64: f64,
    pub(super) penalty_f64: Option<f64>,
}

/// A recorded training as it is read.
pub(super) struct Run<'a> {
    pub(super) path: &'a Path,
    pub(super) file: TrajectoryFile,
    pub(super) method: Method,
    pub(super) precision: Precision,
    pub(super) tensors: Tensors,
    pub(super) model: TranslationModel,
    pub(super) batches: Vec<TranslationBatch>,
}

impl<'a> Run<'a> {
    pub(super) fn read(
        text: &str,
        path: &'a Path,
        method: Method,
        options: &TensorOptions,
    ) -> Result<Self, VerifyError> {
        let file: TrajectoryFile = parse(text, path)?;
        Ok(Self {
            tensors: Tensors::read(&path.with_extension("safetensors"))?,
            model: recording::model(path, &file.start_weights, file.settings.label_smoothing, options)?,
            batches: train_batches(path, options)?,
            precision: options.precision,
            path,
            file,
            method,
        })
    }

    /// N numbers for each update after one another; those recorded in the precision of this run.
    pub(super) fn of_updates(&self, name: &str) -> Result<Vec<f64>, VerifyError> {
        let name = match self.precision {
            Precision::Double if name != "u" => format!("{name}_f64"),
            _ => name.to_owned(),
        };
        Ok(self.tensors.floats(&name)?.values)
    }

    /// Those of update `n`; none where fewer are recorded.
    pub(super) fn of_update(&self, name: &str, n: usize) -> Result<Vec<f64>, VerifyError> {
        let all = self.of_updates(name)?;
        Ok(all.chunks(self.heads()).nth(n).unwrap_or_default().to_vec())
    }

    /// The pull-back of update `n` through the relaxed choice, as it is recorded; none where the method makes no such
    /// choice.
    pub(super) fn pull_back(&self, n: usize) -> Result<Option<PullBack>, VerifyError> {
        let (step, k) = (&self.file.steps[n], self.file.settings.k);
        let (Method::SubsetPruning, Some(tau), Some(k)) = (self.method, step.tau, k) else {
            return Ok(None);
        };
        // The recorded derivative of the loss by the gates is of the sum, that by w of its mean.
        let of_mean = |gradient: Vec<f64>| -> Vec<f64> {
            gradient
                .iter()
                .map(|gradient| gradient / step.ntokens as f64)
                .collect()
        };
        Ok(Some(PullBack {
            importances: self.of_update("w", n)?,
            draws: self.of_update("u", n)?,
            k,
            tau,
            gate_gradient: of_mean(self.of_update("gate_grad", n)?),
            gradient: self.of_update("w_grad", n)?,
        }))
    }

    pub(super) fn heads(&self) -> usize {
        self.model.grid().total()
    }

    /// The gate as it starts.
    pub(super) fn gate(&self) -> Result<Option<Box<dyn HeadGate>>, VerifyError> {
        let mut start = match self.method.parameters() {
            Some(name) => self.of_updates(name)?,
            None => Vec::new(),
        };
        start.truncate(self.heads());
        self.method
            .gate(&self.file.settings, start, self.model.grid())
            .map_err(|reason| VerifyError::malformed(self.path, reason))
    }
}
