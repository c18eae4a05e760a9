//! What is computed several times by turns, so that a machine that is slow for a while is slow for all.

use std::time::Instant;

use methods::ExecuteError;

/// Something to time.
pub type Pass<'a> = Box<dyn FnMut() -> Result<(), ExecuteError> + 'a>;

/// Times of a pass, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The median.
    pub ms: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
    /// Times.
    pub repeats: usize,
}

/// Quantile of the standard normal distribution at 97.5 %.
const TWO_SIDED: f64 = 1.959_963_984_540_054;

impl Timing {
    /// Of at least one time. The ends of the interval are those of the times between which the median of their distribution
    /// lies with 95 % confidence, by the normal approximation of the binomial distribution of ranks: no shape is assumed, and
    /// of fewer than six times they are the smallest and the largest.
    pub fn of(mut times: Vec<f64>) -> Option<Self> {
        times.sort_by(f64::total_cmp);
        let count = times.len();
        let last = count.checked_sub(1)?;
        let reach = TWO_SIDED * (count as f64).sqrt() / 2.0;
        let middle = count as f64 / 2.0;
        let (low, high) = ((middle - reach).floor().max(0.0), (middle + reach).ceil());
        Some(Self {
            ms: f64::midpoint(times[last / 2], times[count / 2]),
            low: times[low as usize],
            high: times[(high as usize).min(last)],
            repeats: count,
        })
    }
}

/// Each pass once to warm up, then all of them by turns, so many times: the milliseconds of each.
///
/// # Errors
/// The first of a pass.
pub fn by_turns(passes: &mut [Pass<'_>], repeats: usize) -> Result<Vec<Vec<f64>>, ExecuteError> {
    for pass in passes.iter_mut() {
        pass()?;
    }
    let mut times = vec![Vec::with_capacity(repeats); passes.len()];
    for turn in 0..repeats.max(1) {
        // From another end each time: what the one leaves in the caches is not always there for the same other.
        for place in 0..passes.len() {
            let place = if turn % 2 == 0 {
                place
            } else {
                passes.len() - 1 - place
            };
            let started = Instant::now();
            passes[place]()?;
            times[place].push(1e3 * started.elapsed().as_secs_f64());
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_median_is_between_ranks() {
        let times: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let timing = Timing::of(times).unwrap();
        // Ranks 50 -/+ 9.8.
        assert_eq!((timing.ms, timing.low, timing.high), (50.5, 41.0, 61.0));
        let timing = Timing::of(vec![3.0, 1.0, 2.0]).unwrap();
        assert_eq!((timing.ms, timing.low, timing.high), (2.0, 1.0, 3.0));
        assert_eq!(Timing::of(Vec::new()), None);
    }

    #[test]
    fn passes_take_turns_after_a_warm_up() {
        let order = std::cell::RefCell::new(Vec::new());
        let pass = |name: char| -> Pass<'_> {
            let order = &order;
            Box::new(move || {
                order.borrow_mut().push(name);
                Ok(())
            })
        };
        let times = by_turns(&mut [pass('a'), pass('b')], 2).unwrap();
        assert_eq!(times.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(order.borrow().iter().collect::<String>(), "ababba");
    }
}
