//! [`wilson_interval`]: the score interval of a proportion.

/// The 97.5th percentile of the normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// Returns Wilson's score interval for `passed` of `count` examples.
pub(super) fn wilson_interval(passed: f64, count: f64) -> (f64, f64) {
    let proportion = passed / count;
    let shrink = 1.0 + Z * Z / count;
    let center = (proportion + Z * Z / (2.0 * count)) / shrink;
    let variance = proportion * (1.0 - proportion) / count + Z * Z / (4.0 * count * count);
    let half = Z / shrink * variance.sqrt();
    (center - half, center + half)
}
