//! The order in which the settings of a method are run: the ends first, so that a figure shows its range early.

use std::collections::VecDeque;

use experiment::Point;

/// The ends first, then the middle of what lies between, and so on: within a variant by the number of heads or the
/// factor, the variants one after another.
pub(crate) fn spread(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| {
        let lambda = |point: &Point| point.lambda.unwrap_or(0.0);
        (a.k.cmp(&b.k)).then(lambda(a).total_cmp(&lambda(b)))
    });
    let groups: Vec<Vec<Point>> = points
        .chunk_by(|a, b| (a.k, a.lambda) == (b.k, b.lambda))
        .map(<[Point]>::to_vec)
        .collect();
    let Some(last) = groups.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut order = vec![0];
    if last > 0 {
        order.push(last);
    }
    let mut gaps = VecDeque::from([(0, last)]);
    while let Some((low, high)) = gaps.pop_front() {
        if high - low < 2 {
            continue;
        }
        let middle = low.midpoint(high);
        order.push(middle);
        gaps.extend([(low, middle), (middle, high)]);
    }
    order
        .into_iter()
        .flat_map(|position| groups[position].clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_from_the_ends_inwards() {
        let heads = |heads: &[usize]| -> Vec<usize> {
            let points = heads.iter().map(|&k| Point {
                k: Some(k),
                ..Point::default()
            });
            spread(points.collect())
                .into_iter()
                .filter_map(|point| point.k)
                .collect()
        };
        assert_eq!(heads(&[9, 1, 6, 2, 3]), [1, 9, 3, 2, 6]);
        assert_eq!(heads(&[5]), [5]);
        assert_eq!(heads(&[]), [0usize; 0]);
    }
}
