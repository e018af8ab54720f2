//! Selects the next token by the scores of all tokens.

use fastrand::Rng;

/// The settings for selecting tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampling {
    /// The sampling temperature. With 0, the most likely token is always selected.
    pub(crate) temperature: f32,
    /// The nucleus sampling threshold. The candidates are the most likely tokens whose
    /// probabilities add up to this threshold. With 1, all tokens are candidates.
    pub(crate) top_p: f32,
    /// The seed of the random numbers. With the same seed, the same prompt gives the same answer.
    pub(crate) seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, seed: 0 }
    }
}

/// Selects the tokens of an answer, one after another.
pub(crate) struct Sampler {
    sampling: Sampling,
    random: Rng,
}

impl Sampler {
    /// Creates a sampler with these settings.
    pub(crate) fn new(sampling: Sampling) -> Self {
        Self { sampling, random: Rng::with_seed(sampling.seed) }
    }

    /// Selects a token. `logits` contains the score of each token. Returns `None` if every score is
    /// NaN, which happens only with invalid weights. A token with a NaN score is never selected.
    pub(crate) fn choose(&mut self, logits: &[f32]) -> Option<u32> {
        let scores = || (0u32..).zip(logits.iter().copied()).filter(|(_, score)| !score.is_nan());
        // If several tokens have the highest score, take the first of them, so that the answer does
        // not depend on how the maximum is searched.
        let best = scores().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        let Sampling { temperature, .. } = self.sampling;
        if temperature.is_nan() || temperature <= 0.0 {
            return Some(best.0);
        }
        let weight = |score: f32| {
            // The most likely token has weight 1, even if the scores are infinite.
            if score >= best.1 { 1.0 } else { ((score - best.1) / temperature).exp() }
        };
        let candidates = scores().map(|(token, score)| (token, weight(score))).collect();
        Some(self.draw(self.nucleus(candidates)).unwrap_or(best.0))
    }

    /// Returns the most likely candidates whose weights add up to the share `top_p` of all weights.
    fn nucleus(&self, mut candidates: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
        let top_p = self.sampling.top_p;
        if top_p.is_nan() || top_p >= 1.0 {
            return candidates;
        }
        let total: f32 = candidates.iter().map(|(_, weight)| weight).sum();
        // Remove all tokens with a weight below `least`. The sum of their weights is less than the
        // weight that the nucleus leaves out, so none of them belongs to the nucleus. Few tokens
        // then remain to be sorted.
        let least = total * (1.0 - top_p.max(0.0)) / candidates.len() as f32;
        candidates.retain(|(_, weight)| *weight >= least);
        candidates.sort_by(|(_, left), (_, right)| right.total_cmp(left));
        let mut sum = 0.0;
        let reached = candidates.iter().position(|(_, weight)| {
            sum += weight;
            sum >= top_p * total
        });
        candidates.truncate(reached.map_or(candidates.len(), |last| last + 1));
        candidates
    }

    fn draw(&mut self, candidates: Vec<(u32, f32)>) -> Option<u32> {
        let total: f32 = candidates.iter().map(|(_, weight)| weight).sum();
        let mut left = self.random.f32() * total;
        for (token, weight) in &candidates {
            left -= weight;
            if left < 0.0 {
                return Some(*token);
            }
        }
        // Because of rounding, the loop can end without a selection. Fall back to the first
        // candidate.
        candidates.first().map(|(token, _)| *token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(sampling: Sampling, logits: &[f32]) -> Vec<Option<u32>> {
        let mut sampler = Sampler::new(sampling);
        (0..200).map(|_| sampler.choose(logits)).collect()
    }

    #[test]
    fn zero_temperature_selects_the_first_best_token() {
        let logits = [1.0, f32::NAN, 7.0, 7.0, f32::NEG_INFINITY];
        assert_eq!(Sampler::new(Sampling::default()).choose(&logits), Some(2));
    }

    #[test]
    fn the_selection_depends_on_the_seed() {
        let sampling = Sampling { temperature: 1.0, top_p: 0.95, seed: 3 };
        let logits = [0.1, 0.2, 0.3, 0.4];
        assert_eq!(chosen(sampling, &logits), chosen(sampling, &logits));
        assert_ne!(chosen(sampling, &logits), chosen(Sampling { seed: 4, ..sampling }, &logits));
    }

    #[test]
    fn a_small_nucleus_excludes_unlikely_tokens() {
        let sampling = Sampling { temperature: 1.0, top_p: 0.6, seed: 1 };
        // These scores correspond to probabilities of about 0.5, 0.4 and 0.1.
        let logits = [0.5f32.ln(), 0.4f32.ln(), 0.1f32.ln()];
        let seen = chosen(sampling, &logits);
        assert!(seen.contains(&Some(0)) && seen.contains(&Some(1)) && !seen.contains(&Some(2)));
        let tiny = Sampling { top_p: 0.0, ..sampling };
        assert!(chosen(tiny, &logits).iter().all(|token| *token == Some(0)));
    }

    #[test]
    fn unusual_scores_and_settings_do_not_panic() {
        for temperature in [f32::NAN, f32::INFINITY, f32::MIN_POSITIVE, -1.0, 1.0] {
            for top_p in [f32::NAN, -1.0, 0.0, 0.5, 2.0] {
                let mut sampler = Sampler::new(Sampling { temperature, top_p, seed: 0 });
                assert_eq!(sampler.choose(&[]), None);
                assert_eq!(sampler.choose(&[f32::NAN; 4]), None);
                let infinite = [f32::NAN, f32::NEG_INFINITY, f32::INFINITY, 0.0];
                assert_ne!(sampler.choose(&infinite), Some(0));
                assert!(sampler.choose(&[f32::NEG_INFINITY; 2]).is_some());
            }
        }
    }
}
