//! Models that have lost heads: removed at once or in steps, and folders whose config and weights do not have the same.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::fs;

use bundle::encoder::{EncoderConfig, Family};
use bundle::translation::TranslationConfig;
use bundle::weights::{Classifier, LoadReport, Plan, Weights};
use bundle::{BundleError, TensorSpec, WEIGHTS_FILE};
use files::Hint;
use heads::HeadMask;
use safetensors::tensor::{Dtype, TensorView};

fn encoder(family: Family) -> EncoderConfig {
    let mut config = EncoderConfig::of_sizes(7, 4, 2, 2, 6, 5);
    config.family = family;
    config
}

fn mask(digits: &str) -> HeadMask {
    HeadMask::from_digits(digits).unwrap()
}

/// Weights of these shapes, all 0.
fn weights(tensors: &[TensorSpec]) -> Weights {
    let folder = tempfile::tempdir().unwrap();
    let numbers = vec![0_u8; 4 * tensors.iter().map(TensorSpec::count).max().unwrap() as usize];
    let views = tensors.iter().map(|spec| {
        let bytes = &numbers[..4 * spec.count() as usize];
        let view = TensorView::new(Dtype::F32, spec.shape.clone(), bytes);
        (spec.name.clone(), view.unwrap())
    });
    let path = folder.path().join(WEIGHTS_FILE);
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
    Weights::of_folder(folder.path()).unwrap()
}

/// Every choice of two steps over `n` heads: the masks of both, and of all at once.
fn steps(n: u32) -> impl Iterator<Item = [HeadMask; 3]> {
    (0..3_usize.pow(n)).map(move |number| {
        // A digit a head: 0 goes in the first step, 1 in the second, 2 stays.
        let digits = (0..n).map(|place| number / 3_usize.pow(place) % 3);
        let first = digits.clone().map(|digit| digit > 0).collect();
        let second = digits
            .clone()
            .filter(|&digit| digit > 0)
            .map(|digit| digit > 1)
            .collect();
        let at_once = digits.map(|digit| digit > 1).collect();
        [first, second, at_once].map(HeadMask::from_flags)
    })
}

#[test]
fn heads_removed_in_two_steps_are_those_removed_at_once() {
    let config = encoder(Family::Roberta);
    for [first, second, at_once] in steps(4) {
        let stepwise = config.pruned(&first).unwrap().pruned(&second).unwrap();
        assert_eq!(stepwise, config.pruned(&at_once).unwrap());
        assert_eq!(stepwise.grid().unwrap().total(), at_once.kept());
        assert_eq!(EncoderConfig::from_keys(stepwise.to_keys()), Ok(stepwise));
    }
    let config = TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6);
    for [first, second, at_once] in steps(6) {
        let stepwise = config.pruned(&first).unwrap().pruned(&second).unwrap();
        assert_eq!(stepwise, config.pruned(&at_once).unwrap());
        assert_eq!(stepwise.grid().unwrap().total(), at_once.kept());
        assert_eq!(TranslationConfig::from_keys(stepwise.to_keys()), Ok(stepwise));
    }
}

#[test]
fn weights_that_have_lost_the_heads_that_the_config_names_are_read() {
    for family in Family::ALL {
        let config = encoder(family).pruned(&mask("0100")).unwrap();
        let stored = weights(&config.tensors());
        let plan = Plan::encoder(&config, &stored, Classifier::AsStored).unwrap();
        assert_eq!(plan.report, LoadReport::default());
        assert_eq!(Plan::exact(&config.tensors(), &stored).unwrap(), plan);
    }
}

/// The lines of an error over tensors, whose hint names the key.
fn lines(planned: Result<Plan, BundleError>) -> Vec<String> {
    let error = planned.unwrap_err();
    let hint = error.hint().unwrap();
    assert!(hint.contains("`pruned_heads` of config.json"), "{hint}");
    error
        .to_string()
        .lines()
        .skip(1)
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn weights_that_have_heads_that_the_config_has_lost_are_refused_by_name() {
    for family in Family::ALL {
        let whole = encoder(family);
        let stored = weights(&whole.tensors());
        let config = whole.pruned(&mask("0100")).unwrap();
        let refused = lines(Plan::encoder(&config, &stored, Classifier::AsStored));
        assert_eq!(refused, lines(Plan::exact(&config.tensors(), &stored)));
        // Three weights and their biases in each layer, and the weight of the output.
        assert_eq!(refused.len(), 14, "{refused:#?}");
        let query = format!(
            "{}.{}.{{}}.{}.weight",
            family.prefix(),
            family.layers(),
            family.layer_names().projections[0]
        );
        let smaller = format!(
            "`{}` has shape [4, 4], the config asks for [2, 4]",
            query.replace("{}", "0")
        );
        let gone = format!(
            "`{}` is of an attention that has lost all its heads, as the config says",
            query.replace("{}", "1")
        );
        assert!(
            refused.contains(&smaller) && refused.contains(&gone),
            "{refused:#?}"
        );
    }
    let whole = TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6);
    let config = whole.pruned(&mask("011100")).unwrap();
    let refused = lines(Plan::exact(&config.tensors(), &weights(&whole.tensors())));
    assert_eq!(refused.len(), 14, "{refused:#?}");
    let gone = "`decoder.layers.0.self_attn.out_proj.weight` is of an attention that has lost all its heads";
    assert!(refused.iter().any(|line| line.starts_with(gone)), "{refused:#?}");
}

#[test]
fn weights_that_have_lost_heads_that_the_config_has_are_refused_by_name() {
    for family in Family::ALL {
        let whole = encoder(family);
        let stored = weights(&whole.pruned(&mask("0100")).unwrap().tensors());
        let refused = lines(Plan::encoder(&whole, &stored, Classifier::AsStored));
        assert_eq!(refused.len(), 14, "{refused:#?}");
        let output = format!(
            "{}.{}.{{}}.{}.weight",
            family.prefix(),
            family.layers(),
            family.layer_names().output
        );
        let smaller = format!(
            "`{}` has shape [4, 2], the config asks for [4, 4]",
            output.replace("{}", "0")
        );
        let gone = format!("`{}` is missing", output.replace("{}", "1"));
        assert!(
            refused.contains(&smaller) && refused.contains(&gone),
            "{refused:#?}"
        );
    }
}

#[test]
fn what_other_programs_store_without_numbers_for_a_layer_without_heads_is_nothing() {
    let whole = encoder(Family::Bert);
    let config = whole.pruned(&mask("1100")).unwrap();
    let mut tensors = whole.tensors();
    for spec in &mut tensors {
        let name = spec
            .name
            .strip_prefix("bert.encoder.layer.1.attention.")
            .unwrap_or_default();
        match name {
            "output.dense.weight" => spec.shape = vec![4, 0],
            name if name.starts_with("self.") => spec.shape[0] = 0,
            _ => {}
        }
    }
    let plan = Plan::encoder(&config, &weights(&tensors), Classifier::AsStored).unwrap();
    assert_eq!(plan.report, LoadReport::default());
}

#[test]
fn an_error_over_other_tensors_says_nothing_of_heads() {
    let config = encoder(Family::Bert);
    let mut tensors = config.tensors();
    tensors.retain(|spec| !spec.name.contains("layer.1."));
    let error = Plan::exact(&config.tensors(), &weights(&tensors)).unwrap_err();
    assert!(!error.hint().unwrap().contains("pruned_heads"), "{error}");
}
