//! [`paired_interval`]: the interval of the difference of two paired proportions.

use super::wilson::wilson_interval;

/// Returns the interval of the difference of paired scores of 0 and 1, by Newcombe's method 10: the
/// Wilson intervals of both proportions, combined with their correlation.
pub(super) fn paired_interval(pairs: &[(f64, f64)]) -> (f64, f64) {
    let count_of = |pair| pairs.iter().filter(|other| **other == pair).count() as f64;
    // Newcombe's table: passed after and before, only after, only before, neither.
    let [both, gained, lost, neither] =
        [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0)].map(count_of);
    let count = pairs.len() as f64;

    let (after, before) = (both + gained, both + lost);
    let (after_low, after_high) = wilson_interval(after, count);
    let (before_low, before_high) = wilson_interval(before, count);
    let (after, before) = (after / count, before / count);
    let correlation = correlation(both, gained, lost, neither);

    let distance = |a: f64, b: f64| (a * a - 2.0 * correlation * a * b + b * b).max(0.0).sqrt();
    let difference = after - before;
    (
        difference - distance(after - after_low, before_high - before),
        difference + distance(after_high - after, before - before_low),
    )
}

/// Returns the correlation of the two scores, with Newcombe's correction for continuity. It is 0 if
/// all scores of a run are equal.
fn correlation(both: f64, gained: f64, lost: f64, neither: f64) -> f64 {
    let count = both + gained + lost + neither;
    let product = (both + gained) * (lost + neither) * (both + lost) * (gained + neither);
    if product == 0.0 {
        return 0.0;
    }
    let covariance = both * neither - gained * lost;
    let corrected = if covariance > 0.0 { (covariance - count / 2.0).max(0.0) } else { covariance };
    corrected / product.sqrt()
}
