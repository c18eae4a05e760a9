//! Forward pass and gradients under fixed gates.

use std::path::Path;

use models::{HeadGates, Layout, Parameter, Parameters, Precision, TensorOptions, cross_entropy};
use train::Trainable;

use super::compare::is_key_bias;
use super::recording::{ForwardCase, ForwardFile, batches, model, parse};
use crate::numbers::{flat, l2, numbers};
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

/// Tolerances of the README: states, gradients, loss.
fn tolerances(precision: Precision) -> (f64, f64, f64) {
    match precision {
        Precision::Single => (2e-5, 2e-6, 5e-6),
        Precision::Double => (1e-10, 1e-10, 1e-10),
    }
}

pub(super) fn check(
    text: &str,
    path: &Path,
    set: &Path,
    options: &TensorOptions,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let file: ForwardFile = parse(text, path)?;
    let model = model(set, &file.weights, options)?.trainable();
    let inputs = Tensors::read(&set.join(&file.inputs))?;
    let tokens = inputs.integers("attention_mask")?;
    let tokens: Vec<bool> = tokens.values.iter().map(|&token| token != 0).collect();
    let Some(batch) = batches(&inputs, "", options)?.pop() else {
        return Err(VerifyError::malformed(path, "its inputs hold no batch"));
    };
    let outputs = Tensors::read(&path.with_file_name("outputs_float64.safetensors"))?;

    let (states_tolerance, gradient_tolerance, loss_tolerance) = tolerances(options.precision);
    let (mut states, mut gradients) = (Tally::default(), Tally::default());
    for (name, case) in &file.cases {
        states.case();
        gradients.case();
        let recorded: &ForwardCase = case;
        let leaf = HeadGates::new(&flat(&recorded.gates), model.grid(), options)
            .map_err(|error| VerifyError::malformed(path, format!("case {name}: {error}")))?
            .tracked();

        let output = model.forward_with_hidden(&batch, Some(&leaf));
        let logits = numbers(output.logits.clone());
        states.close(
            &format!("{name} logits"),
            &logits,
            &flat(&recorded.float64.logits),
            states_tolerance,
        );
        let pooled = outputs.floats(&format!("{name}.pooled"))?.values;
        states.close(
            &format!("{name} pooled"),
            &numbers(output.pooled),
            &pooled,
            states_tolerance,
        );
        for (layer, hidden) in output.hidden.into_iter().enumerate() {
            let recorded = outputs.floats(&format!("{name}.hidden.{layer}"))?;
            let width = recorded.shape.last().copied().unwrap_or(1);
            let (got, want) = (numbers(hidden), recorded.values);
            // What stands at padding is recorded and means nothing.
            for ((got, want), _) in got
                .chunks(width)
                .zip(want.chunks(width))
                .zip(&tokens)
                .filter(|(_, token)| **token)
            {
                states.close(&format!("{name} hidden.{layer}"), got, want, states_tolerance);
            }
        }
        let loss = cross_entropy(output.logits, &batch.labels, 0.0).mean();
        states.close(
            &format!("{name} loss"),
            &numbers(loss),
            &[recorded.float64.loss],
            loss_tolerance,
        );

        // The training path must give the same gradients; dropout is 0 in this set.
        let mut grads = model.loss(&batch, Some(&leaf), 0).backward();
        let gate_gradient = leaf.gradient(&mut grads).unwrap_or_default();
        let want = flat(&recorded.float64.gate_grad);
        gradients.close(
            &format!("{name} gates"),
            &gate_gradient,
            &want,
            gradient_tolerance,
        );
        let mut failure = None;
        model.clone().visit("", &mut |parameter_name, parameter| {
            let gradient = match parameter {
                Parameter::Vector(tensor) => tensor.grad_remove(&mut grads).map(numbers),
                Parameter::Matrix(tensor, Layout::AsStored) => tensor.grad_remove(&mut grads).map(numbers),
                Parameter::Matrix(tensor, Layout::Transposed) => tensor
                    .grad_remove(&mut grads)
                    .map(|gradient| numbers(gradient.transpose())),
            };
            let place = format!("{name} {parameter_name}");
            let Some(gradient) = gradient else {
                failure.get_or_insert(format!("{place}: no gradient"));
                return;
            };
            if is_key_bias(parameter_name) {
                return;
            }
            if let Some(&norm) = recorded.float64.grad_l2.get(parameter_name) {
                gradients.number(&format!("{place} norm"), l2(&gradient), norm, gradient_tolerance);
            }
            if let Ok(want) = outputs.floats(&format!("{name}.grad.{parameter_name}")) {
                gradients.close(&place, &gradient, &want.values, gradient_tolerance);
            }
        });
        if let Some(failure) = failure {
            gradients.differs(failure);
        }
    }
    Ok(vec![
        ("forward".into(), states.verdict()),
        ("gradients".into(), gradients.verdict()),
    ])
}
