//! The tokens of answers as text.

use runnable_chat::Usage;

/// Returns the tokens of one answer or of several answers: `20 → 1 tokens`. The tokens of answers
/// that came from an answer cache are not added, because they were not spent.
pub(crate) fn tokens_of(usage: &Usage) -> String {
    let cached = usage.answer_cache_details;
    let tokens = |usage: &Usage| format!("{} → {} tokens", usage.input_tokens, usage.output_tokens);
    match cached.answers {
        0 => tokens(usage),
        1 if usage.is_cached() && usage.total_tokens == 0 => "from the cache".to_owned(),
        1 if usage.is_cached() => format!("{} from the cache", tokens(usage)),
        1 => format!("{}, 1 answer from the cache", tokens(&usage.billed())),
        count => format!("{}, {count} answers from the cache", tokens(&usage.billed())),
    }
}
