//! How far masks agree by chance: the expected Jaccard index of heads drawn at random.

/// A set of heads in which two masks are drawn: how many heads it has, and how many each mask keeps.
pub(crate) type Drawn = (u32, u32, u32);

/// Weights are divided where they grow beyond this: hundreds of heads would leave the range of binary64.
const LARGE: f64 = 1e100;

/// The expected Jaccard index of two masks, each drawn independently and uniformly among those that keep as many heads
/// of each of `modules`; 1 where neither keeps a head.
///
/// Of a heads and b heads drawn of n, c are common with the hypergeometric probability C(a, c) C(n - a, b - c) / C(n, b),
/// from max(0, a + b - n) to min(a, b) and a b / n in the mean. Modules are drawn independently, so the heads common in
/// all of them are distributed as the convolution of these distributions, and the index is the mean of c / (A + B - c)
/// under it, where the masks keep A and B heads. Exact up to rounding; costs the square of the number of heads.
pub(crate) fn expected_overlap(modules: &[Drawn]) -> f64 {
    let kept: u32 = modules.iter().map(|(_, a, b)| a + b).sum();
    if kept == 0 {
        return 1.0;
    }
    let fewest: u32 = modules.iter().map(fewest_common).sum();
    // Up to a factor, which is divided out at the end.
    let common = modules
        .iter()
        .fold(vec![1.0], |sum, &module| convolved(&sum, &weights(module)));
    let (mut total, mut weighted, mut c) = (0.0, 0.0, f64::from(fewest));
    for weight in common {
        total += weight;
        weighted += weight * c / (f64::from(kept) - c);
        c += 1.0;
    }
    weighted / total
}

fn fewest_common(&(n, a, b): &Drawn) -> u32 {
    (a + b).saturating_sub(n)
}

/// The probabilities of each number of common heads, from the fewest on, up to a factor.
fn weights((n, a, b): Drawn) -> Vec<f64> {
    let mut common = f64::from(fewest_common(&(n, a, b)));
    let [n, a, b] = [n, a, b].map(f64::from);
    let most = a.min(b);
    let (mut weights, mut weight) = (Vec::new(), 1.0);
    while common <= most {
        weights.push(weight);
        // Each from the one before it.
        weight *= (a - common) * (b - common) / ((common + 1.0) * (n - a - b + common + 1.0));
        common += 1.0;
        if weight > LARGE {
            shrink(&mut weights, weight);
            weight = 1.0;
        }
    }
    weights
}

/// The distribution of the sum of two independent numbers, up to a factor.
fn convolved(first: &[f64], second: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; (first.len() + second.len()).saturating_sub(1)];
    for (i, a) in first.iter().enumerate() {
        for (place, b) in sum.iter_mut().skip(i).zip(second) {
            *place += a * b;
        }
    }
    let most = sum.iter().copied().fold(0.0, f64::max);
    if most > LARGE {
        shrink(&mut sum, most);
    }
    sum
}

fn shrink(weights: &mut [f64], divisor: f64) {
    weights.iter_mut().for_each(|weight| *weight /= divisor);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_all(n: u32, a: u32, b: u32) -> f64 {
        expected_overlap(&[(n, a, b)])
    }

    #[test]
    fn chance_is_the_mean_over_all_pairs_of_subsets() {
        // Of four heads, two and two: none in common 1/6, one 4/6 (a third of the union), both 1/6.
        assert!((of_all(4, 2, 2) - 7.0 / 18.0).abs() < 1e-12);
        // One and one of twelve are the same head by 1/12.
        assert!((of_all(12, 1, 1) - 1.0 / 12.0).abs() < 1e-12);
        // One of three is in two of three by 2/3, and then half of them.
        assert!((of_all(3, 1, 2) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(
            [of_all(5, 5, 5), of_all(5, 0, 3), of_all(5, 0, 0)],
            [1.0, 0.0, 1.0]
        );
    }

    #[test]
    fn modules_are_drawn_on_their_own() {
        // One head of two, twice in each of two modules: none, one and two in common in 1, 2 and 1 of 4 cases,
        // which are 0, 1/3 and 1 of the union.
        let overlap = expected_overlap(&[(2, 1, 1), (2, 1, 1)]);
        assert!((overlap - (2.0 / 3.0 + 1.0) / 4.0).abs() < 1e-12);
        // A module of which all heads are kept, and one where a head of three is drawn twice: two and one common of four,
        // or all three.
        let overlap = expected_overlap(&[(2, 2, 2), (3, 1, 1)]);
        assert!((overlap - (2.0 / 3.0 * 0.5 + 1.0 / 3.0)).abs() < 1e-12);
        // One mask keeps heads of the first module, the other of the second.
        assert_eq!(expected_overlap(&[(3, 2, 0), (3, 0, 1)]), 0.0);
        assert_eq!(expected_overlap(&[(3, 0, 0), (3, 0, 0)]), 1.0);
        // A module of which nothing is kept changes nothing.
        assert_eq!(expected_overlap(&[(4, 2, 2), (7, 0, 0)]), of_all(4, 2, 2));
    }

    #[test]
    fn as_many_are_common_as_products_of_shares_say() {
        let modules = [(5, 2, 3), (4, 4, 1), (7, 3, 3)];
        let common = modules
            .iter()
            .fold(vec![1.0], |sum, &module| convolved(&sum, &weights(module)));
        let total: f64 = common.iter().sum();
        let mean: f64 = (1..).zip(&common).map(|(c, weight)| f64::from(c) * weight).sum();
        // At least one: all heads of the second module are kept by the first mask.
        assert!((mean / total - (6.0 / 5.0 + 1.0 + 9.0 / 7.0)).abs() < 1e-12);
    }

    #[test]
    fn thousands_of_heads_have_a_chance() {
        // Half of n twice: nearly n/4 in common of 3n/4.
        let chance = of_all(4000, 2000, 2000);
        assert!((chance - 1.0 / 3.0).abs() < 1e-3, "{chance}");
        let chance = expected_overlap(&[(2000, 1000, 1000); 3]);
        assert!((chance - 1.0 / 3.0).abs() < 1e-3, "{chance}");
    }
}
