//! Marks that would lie on one another, or on the interval of one another, set apart.

/// Width and height of a mark as a share of its plot, in the narrowest plot that there is.
const SIZE: f64 = 0.05;
/// From the first of the marks at one place to the last, in marks.
const MOST_STEPS: f64 = 3.6;
const ROUNDING: f64 = 1e-9;

/// A mark with its interval, as shares of the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    x: f64,
    low: f64,
    high: f64,
}

impl Spot {
    pub fn new((x, y): (f64, f64), interval: Option<(f64, f64)>) -> Self {
        let (low, high) = interval.unwrap_or((y, y));
        Self {
            x,
            low: low.min(y - SIZE / 2.0),
            high: high.max(y + SIZE / 2.0),
        }
    }

    /// Whether there are heights that both have.
    fn is_beside(&self, other: &Self) -> bool {
        // Marks a width apart touch, and rounding must not join them.
        self.low < other.high - ROUNDING && other.low < self.high - ROUNDING
    }
}

/// How far to the right of its place each of `marks` is to stand, in widths of a mark: 0 where it overlaps no other. They are
/// in the order in which those at one place are to stand.
pub(super) fn steps_aside(marks: &[Spot]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..marks.len()).collect();
    // Stable, so that equal ones keep their order.
    order.sort_by(|&a, &b| marks[a].x.total_cmp(&marks[b].x));
    let mut groups: Vec<Vec<usize>> = order.into_iter().map(|mark| vec![mark]).collect();
    let mut places: Vec<f64> = marks.iter().map(|mark| mark.x).collect();
    // Marks that were set apart may have come to lie on others, which are then set apart with them.
    while let Some((one, other)) = overlapping(&groups, &places, marks) {
        let moved = groups.remove(other);
        groups[one].extend(moved);
        groups[one].sort_by(|&a, &b| marks[a].x.total_cmp(&marks[b].x).then(a.cmp(&b)));
        let at: Vec<f64> = groups[one].iter().map(|&mark| marks[mark].x).collect();
        for (&mark, place) in groups[one].iter().zip(spread(&at)) {
            places[mark] = place;
        }
    }
    let shifts = places.iter().zip(marks).map(|(place, mark)| place - mark.x);
    shifts.map(|shift| shift / SIZE).collect()
}

/// Two groups of which some marks overlap, the earlier one first.
fn overlapping(groups: &[Vec<usize>], places: &[f64], marks: &[Spot]) -> Option<(usize, usize)> {
    let is_on =
        |a: usize, b: usize| (places[a] - places[b]).abs() < SIZE - ROUNDING && marks[a].is_beside(&marks[b]);
    let overlap = |one: &[usize], other: &[usize]| one.iter().any(|&a| other.iter().any(|&b| is_on(a, b)));
    let pairs = (0..groups.len()).flat_map(|one| (one + 1..groups.len()).map(move |other| (one, other)));
    pairs
        .into_iter()
        .find(|&(one, other)| overlap(&groups[one], &groups[other]))
}

/// Places as near as can be to `at`, which ascends, each a width beyond the one before; closer where there are many, or the
/// outer ones would leave the plot.
fn spread(at: &[f64]) -> Vec<f64> {
    let last = at.len().saturating_sub(1).max(1) as f64;
    let step = SIZE * (MOST_STEPS / last).min(1.0);
    // Less its own steps each is to ascend: neighbours that do not are put at their mean.
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (i, &place) in at.iter().enumerate() {
        runs.push((place - step * i as f64, 1));
        while let [.., (before, many), (after, few)] = runs[..]
            && after < before
        {
            let all = many + few;
            let mean = (before * many as f64 + after * few as f64) / all as f64;
            runs.truncate(runs.len() - 2);
            runs.push((mean, all));
        }
    }
    let places = runs
        .into_iter()
        .flat_map(|(place, count)| std::iter::repeat_n(place, count));
    places
        .enumerate()
        .map(|(i, place)| place + step * i as f64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spots(marks: &[(f64, f64)]) -> Vec<Spot> {
        marks.iter().map(|mark| Spot::new(*mark, None)).collect()
    }

    fn rounded(marks: &[(f64, f64)]) -> Vec<f64> {
        let steps = steps_aside(&spots(marks));
        steps
            .iter()
            .map(|step| (step * 100.0).round() / 100.0 + 0.0)
            .collect()
    }

    #[test]
    fn what_overlaps_on_both_axes_is_set_apart_and_nothing_else() {
        // At one place, in their order.
        assert_eq!(rounded(&[(0.5, 0.5), (0.5, 0.5)]), [-0.5, 0.5]);
        assert_eq!(rounded(&[(0.5, 0.5), (0.5, 0.52), (0.5, 0.54)]), [-1.0, 0.0, 1.0]);
        // Nearly at one place: as much as is lacking.
        assert_eq!(rounded(&[(0.53, 0.5), (0.5, 0.5)]), [0.2, -0.2]);
        // Above one another, or beside.
        assert_eq!(rounded(&[(0.5, 0.5), (0.5, 0.56)]), [0.0, 0.0]);
        assert_eq!(rounded(&[(0.5, 0.5), (0.56, 0.5)]), [0.0, 0.0]);
        assert!(rounded(&[]).is_empty());
        // Nor is a mark left on the interval of another.
        let long = Spot::new((0.5, 0.5), Some((0.3, 0.7)));
        let steps = |y: f64| steps_aside(&[long, Spot::new((0.5, y), None)])[0];
        assert!((steps(0.35) + 0.5).abs() < 1e-9 && steps(0.2) == 0.0);
    }

    #[test]
    fn marks_that_are_moved_onto_others_move_those() {
        // The second of a pair would lie on the third.
        let marks = [(0.5, 0.5), (0.5, 0.5), (0.56, 0.5), (0.9, 0.5)];
        let places: Vec<f64> = marks
            .iter()
            .zip(steps_aside(&spots(&marks)))
            .map(|(mark, steps)| mark.0 + steps * SIZE)
            .collect();
        for (i, pair) in places.windows(2).enumerate() {
            assert!(pair[1] - pair[0] > SIZE - 1e-6, "{i} {places:?}");
        }
        assert!((places[3] - 0.9).abs() < 1e-9);
        // Of many none leaves the plot.
        let many = vec![Spot::new((0.5, 0.5), None); 14];
        assert!(
            steps_aside(&many)
                .iter()
                .all(|steps| steps.abs() <= MOST_STEPS / 2.0 + 1e-9)
        );
    }
}
