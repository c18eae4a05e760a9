//! `--filter k=3,method=random`: the part of a plan to work on.

use experiment::nearest;

use crate::SweepError;
use crate::plan::{Plan, Run};

const KEYS: [&str; 5] = ["method", "variant", "lambda", "k", "seed"];

/// Conditions on runs: entries of one key are alternatives, and every key named must be met.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    entries: Vec<(&'static str, String)>,
}

impl Filter {
    /// Reads `key=value,…` with the keys method, variant, lambda, k and seed.
    pub fn parse(text: &str) -> Result<Self, SweepError> {
        let fail = |reason: String| SweepError::Filter {
            text: text.to_owned(),
            reason,
        };
        let mut entries = Vec::new();
        for part in text.split(',') {
            let (key, value) = part
                .trim()
                .split_once('=')
                .ok_or_else(|| fail(format!("`{part}` has no `=`")))?;
            let Some(&known) = KEYS.iter().find(|known| **known == key) else {
                let near = nearest(key, KEYS)
                    .map(|near| format!(", did you mean `{near}`?"))
                    .unwrap_or_default();
                return Err(fail(format!("unknown key `{key}`{near}")));
            };
            let is_readable = match known {
                "method" | "variant" => true,
                "lambda" => value.parse::<f64>().is_ok(),
                _ => value.parse::<u64>().is_ok(),
            };
            if !is_readable {
                return Err(fail(format!("`{value}` is no number")));
            }
            entries.push((known, value.to_owned()));
        }
        Ok(Self { entries })
    }

    fn matches(&self, run: &Run) -> bool {
        KEYS.iter().all(|key| {
            let actual = match *key {
                "method" => Some(run.method.name.to_owned()),
                "variant" => run.point.variant.map(str::to_owned),
                "lambda" => run.point.lambda.map(|lambda| lambda.to_string()),
                "k" => run.point.k.map(|k| k.to_string()),
                _ => Some(run.seed.to_string()),
            };
            let mut wanted = self
                .entries
                .iter()
                .filter(|(of, _)| of == key)
                .map(|(_, value)| value)
                .peekable();
            wanted.peek().is_none() || wanted.any(|value| actual.as_ref() == Some(value))
        })
    }

    /// Positions of the runs that match, and of those that they start from.
    pub fn select(&self, plan: &Plan) -> Vec<usize> {
        let mut chosen = vec![false; plan.runs().len()];
        for (position, run) in plan.runs().iter().enumerate().rev() {
            if self.matches(run) {
                chosen[position] = true;
            }
            if chosen[position]
                && let Some(base) = plan.base(position)
            {
                chosen[base] = true;
            }
        }
        (0..chosen.len()).filter(|&position| chosen[position]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use experiment::Experiment;

    #[test]
    fn alternatives_within_a_key_and_bases_come_along() {
        let mut experiment = Experiment::default();
        experiment.sweep.heads = vec![1, 2, 3];
        experiment.sweep.seeds = vec![1, 2];
        let plan = Plan::new(&experiment, &methods::Methods::known()).unwrap();
        let chosen = |text: &str| -> Vec<String> {
            let select = Filter::parse(text).unwrap().select(&plan);
            select
                .iter()
                .map(|&at| plan.runs()[at].id.as_str().rsplit_once('-').unwrap().0.to_owned())
                .collect()
        };
        assert_eq!(
            chosen("method=random,k=1,k=3,seed=2"),
            ["dense-s2", "random-k001-s2", "random-k003-s2"]
        );
        assert_eq!(
            chosen("method=dsp-joint,k=2"),
            ["dsp-joint-k002-s1", "dsp-joint-k002-s2"]
        );
        assert_eq!(Filter::default().select(&plan).len(), plan.runs().len());
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| Filter::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("metod=x"),
            "--filter metod=x: unknown key `metod`, did you mean `method`?"
        );
        assert_eq!(error("k"), "--filter k: `k` has no `=`");
        assert_eq!(error("k=three"), "--filter k=three: `three` is no number");
    }
}
