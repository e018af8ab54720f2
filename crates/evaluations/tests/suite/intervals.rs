//! Confidence intervals: published values, and laws.

use proptest::prelude::*;
use runnable_evaluations::Estimate;

/// Scores of 0 and 1.
fn binary(passed: usize, count: usize) -> Vec<f64> {
    (0..count).map(|index| if index < passed { 1.0 } else { 0.0 }).collect()
}

fn mean(scores: &[f64]) -> Estimate {
    Estimate::of_mean(scores).expect("there are scores")
}

fn difference(pairs: &[(f64, f64)]) -> Estimate {
    Estimate::of_difference(pairs).expect("there are pairs")
}

/// Returns the ends of an interval with four decimals, as in the tables.
fn ends(estimate: &Estimate) -> (String, String) {
    (format!("{:.4}", estimate.low), format!("{:.4}", estimate.high))
}

fn texts(low: &str, high: &str) -> (String, String) {
    (low.to_owned(), high.to_owned())
}

/// Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17
/// (1998), 857–872, table I, method 3.
#[test]
fn wilson_intervals_match_the_published_table() {
    let table = [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ];
    for (passed, count, low, high) in table {
        assert_eq!(ends(&mean(&binary(passed, count))), texts(low, high), "{passed} of {count}");
    }
}

/// Pairs of which `table` has both passed, only the first, only the second, none.
fn pairs(table: [usize; 4]) -> Vec<(f64, f64)> {
    let cells = [(1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)];
    cells.into_iter().zip(table).flat_map(|(cell, count)| vec![cell; count]).collect()
}

/// Fagerland, Lydersen and Laake, Recommended tests and confidence intervals for paired binomial
/// proportions, Statistics in Medicine 33 (2014), 2850–2875: airway hyper-responsiveness before and
/// after a transplantation.
#[test]
fn paired_intervals_match_the_published_example() {
    // The difference of the paper is before minus after.
    let difference = difference(&pairs([1, 1, 7, 12]));
    assert_eq!(format!("{:.3}", difference.value), "0.286");
    assert_eq!(format!("{:.3} {:.3}", difference.low, difference.high), "0.026 0.507");
}

/// The percentiles of Student's t distribution are in every table: 12.706, 4.303, 3.182, ….
#[test]
fn t_intervals_match_the_published_percentiles() {
    let table = [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (10, 2.228),
        (30, 2.042),
        (120, 1.980),
    ];
    for (freedom, percentile) in table {
        // Differences so small that their interval is not limited to -1 and 1.
        let count = freedom + 1;
        let pairs: Vec<_> = (0..count).map(|n| (0.5, 0.5 + 0.001 * f64::from(n % 2))).collect();
        let estimate = difference(&pairs);
        let variance = pairs.iter().map(|(a, b)| (b - a - estimate.value).powi(2)).sum::<f64>()
            / f64::from(freedom);
        let error = (variance / f64::from(count)).sqrt();
        let found = (estimate.high - estimate.value) / error;
        assert!((found - percentile).abs() < 0.001, "{freedom}: {found}");
    }
}

#[test]
fn one_graded_score_says_nothing() {
    assert_eq!(mean(&[0.4]).to_string(), "0.40 [0.00, 1.00]");
    assert_eq!(difference(&[(0.4, 0.5)]).to_string(), "0.10 [-1.00, 1.00]");
}

#[test]
fn equal_runs_of_few_examples_are_not_certainly_equal() {
    let equal = difference(&pairs([5, 0, 0, 0]));
    assert!(equal.low < -0.3 && equal.high > 0.3, "{equal}");
}

#[test]
fn no_scores_have_no_estimate() {
    assert_eq!(Estimate::of_mean(&[]), None);
    assert_eq!(Estimate::of_difference(&[]), None);
}

/// Scores that are all 0 or 1, or in between.
fn scores() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let binary = prop_oneof![Just(0.0), Just(1.0)];
    let graded = 0.0..=1.0;
    prop_oneof![
        prop::collection::vec((binary.clone(), binary), 1..60),
        prop::collection::vec((graded.clone(), graded), 1..60),
    ]
}

proptest! {
    #[test]
    fn an_interval_contains_its_value_within_the_possible_values(pairs in scores()) {
        let (before, _): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let mean = mean(&before);
        prop_assert!(0.0 <= mean.low && mean.low <= mean.value, "{mean:?}");
        prop_assert!(mean.value <= mean.high && mean.high <= 1.0, "{mean:?}");
        let difference = difference(&pairs);
        prop_assert!(-1.0 <= difference.low && difference.low <= difference.value);
        prop_assert!(difference.value <= difference.high && difference.high <= 1.0);
    }

    #[test]
    fn swapping_the_runs_negates_the_difference(pairs in scores()) {
        let there = difference(&pairs);
        let swapped: Vec<_> = pairs.iter().map(|(before, after)| (*after, *before)).collect();
        let back = difference(&swapped);
        prop_assert!((there.value + back.value).abs() < 1e-9);
        prop_assert!((there.low + back.high).abs() < 1e-9);
        prop_assert!((there.high + back.low).abs() < 1e-9);
    }

    #[test]
    fn the_order_of_the_examples_does_not_matter(pairs in scores()) {
        let reversed: Vec<_> = pairs.iter().rev().copied().collect();
        let (one, other) = (difference(&pairs), difference(&reversed));
        prop_assert!((one.low - other.low).abs() < 1e-9 && (one.high - other.high).abs() < 1e-9);
    }

    #[test]
    fn more_examples_of_the_same_kind_narrow_the_interval(pairs in scores()) {
        let repeated: Vec<_> = pairs.iter().cycle().take(pairs.len() * 4).copied().collect();
        let (few, many) = (difference(&pairs), difference(&repeated));
        prop_assert!(many.high - many.low <= few.high - few.low + 1e-9, "{few} {many}");
    }
}
