//! [`Estimate`]: a mean or a difference with its confidence interval.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{paired::paired_interval, student_t::t_interval, wilson::wilson_interval};

/// A mean or a difference of scores, with its confidence interval of 95 %.
///
/// The examples of an evaluation are a sample of all possible inputs. The interval says how much the
/// number could differ for other examples of the same kind. It does not contain systematic errors,
/// such as examples that are not typical or a judge that prefers long answers.
///
/// # Methods
///
/// | scores | mean | difference of two runs |
/// |---|---|---|
/// | only 0 and 1 | Wilson's score interval | Newcombe's method 10 for paired proportions |
/// | others | Student's t interval | Student's t interval of the differences |
///
/// The methods for scores of 0 and 1 are valid for small numbers of examples, and if all scores are
/// equal. Student's t assumes that the mean is distributed almost normally, which needs some 30
/// examples, more if few scores differ. Its interval has no width if all scores are equal.
///
/// The methods are described in:
///
/// - E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22
///   (1927), 209–212.
/// - R. G. Newcombe, *Improved confidence intervals for the difference between binomial proportions
///   based on paired data*, Statistics in Medicine 17 (1998), 2635–2650.
/// - E. Miller, *Adding error bars to evals*, arXiv:2411.00640 (2024), on paired differences.
///
/// `Display` prints `0.31 [0.26, 0.37]`.
///
/// # Examples
///
/// ```
/// use runnable_evaluations::Estimate;
///
/// let scores: Vec<f64> = (0..263).map(|number| if number < 81 { 1.0 } else { 0.0 }).collect();
/// let mean = Estimate::of_mean(&scores).expect("there are scores");
/// assert_eq!(mean.to_string(), "0.31 [0.26, 0.37]");
/// assert!(Estimate::of_mean(&[]).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The mean or the difference.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The number of examples.
    pub count: u64,
}

impl Estimate {
    /// Estimates the mean of scores from 0 to 1. Returns `None` if there are no scores.
    pub fn of_mean(scores: &[f64]) -> Option<Self> {
        let value = mean(scores)?;
        let (low, high) = if are_binary(scores) {
            let passed = scores.iter().filter(|score| **score == 1.0).count();
            wilson_interval(passed as f64, scores.len() as f64)
        } else {
            t_interval(scores, value)
        };
        Some(Self::within(0.0, value, low, high, scores.len()))
    }

    /// Estimates the mean difference of paired scores: after minus before. Each pair is the score
    /// before and the score after of one example. Returns `None` if there are no pairs.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_evaluations::Estimate;
    ///
    /// let pairs = [(0.5, 0.75), (0.25, 0.75), (0.5, 0.75)];
    /// let difference = Estimate::of_difference(&pairs).expect("there are pairs");
    /// assert_eq!(difference.count, 3);
    /// assert!((difference.value - 1.0 / 3.0).abs() < 1e-9);
    /// ```
    pub fn of_difference(pairs: &[(f64, f64)]) -> Option<Self> {
        let differences: Vec<_> = pairs.iter().map(|(before, after)| after - before).collect();
        let value = mean(&differences)?;
        let (before, after): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let (low, high) = if are_binary(&before) && are_binary(&after) {
            paired_interval(pairs)
        } else {
            t_interval(&differences, value)
        };
        Some(Self::within(-1.0, value, low, high, pairs.len()))
    }

    /// Limits the interval to the possible values.
    fn within(least: f64, value: f64, low: f64, high: f64, count: usize) -> Self {
        // Rounding must not move an end of the interval across the value.
        let (low, high) = (low.clamp(least, 1.0).min(value), high.clamp(least, 1.0).max(value));
        Self { value, low, high, count: count as u64 }
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn are_binary(scores: &[f64]) -> bool {
    scores.iter().all(|score| [0.0, 1.0].contains(score))
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} [{:.2}, {:.2}]", self.value, self.low, self.high)
    }
}
