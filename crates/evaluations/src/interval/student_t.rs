//! [`t_interval`]: the interval of a mean by Student's t distribution.

use std::f64::consts::PI;

use super::wilson::Z;

/// Returns the interval of the mean of values. It is unlimited if there is only one value.
pub(super) fn t_interval(values: &[f64], mean: f64) -> (f64, f64) {
    let count = values.len() as f64;
    let freedom = count - 1.0;
    if freedom < 1.0 {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let half = percentile(freedom) * (squares / freedom / count).sqrt();
    (mean - half, mean + half)
}

/// Returns the 97.5th percentile of Student's t distribution: G. W. Hill, *Algorithm 396: Student's
/// t-quantiles*, Communications of the ACM 13 (1970), 619–620. The variables have the names of the
/// paper. The error is below 0.0001.
fn percentile(n: f64) -> f64 {
    // The probability of both tails together.
    const P: f64 = 0.05;
    if n < 1.5 {
        return ((1.0 - P) * PI / 2.0).tan();
    }
    if n < 2.5 {
        return (2.0 / (P * (2.0 - P)) - 2.0).sqrt();
    }
    let a = 1.0 / (n - 0.5);
    let b = 48.0 / (a * a);
    let mut c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * PI / 2.0).sqrt() * n;
    let mut y = (d * P).powf(2.0 / n);
    if y > 0.05 + a {
        let x = -Z;
        y = x * x;
        if n < 5.0 {
            c += 0.3 * (n - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
        y = (a * y * y).exp_m1();
    } else {
        let e = (n + 6.0) / (n * y) - 0.089 * d - 0.822;
        y = ((1.0 / (e * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y - 1.0) * (n + 1.0) / (n + 2.0)
            + 1.0 / y;
    }
    (n * y).sqrt()
}
