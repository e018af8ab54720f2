"""Writes usages with the costs that genai-prices computes for them."""

import datetime
import decimal
import json
import random
from importlib.metadata import version

from genai_prices import Usage, calc_price

from table import KEPT, providers, text

# The names of providers in the metadata of runs, if they differ from the names of genai-prices.
NAMES = {"mistral": "mistralai", "x-ai": "xai"}

# For each service, how many of its models have cases. The models are chosen at random.
PER_PROVIDER = 9

USAGES = [
    dict(input=1_000, output=500),
    dict(input=1, output=0),
    dict(input=123_457, output=7_919, cache_read=100_003),
    dict(input=250_001, output=4_096, cache_read=17, cache_write=30_011),
    dict(input=400_000, output=64_000, cache_read=1_000, cache_write=2_003, cache_write_1h=1_009),
    dict(input=9_000, output=2_000, reasoning=1_777, audio=0),
    dict(input=5_000, output=3_000, audio=1_201, output_audio=907),
    dict(input=5_000, output=3_000, audio=1_201, cache_read=811),
    dict(input=10, output=10, cache_read=11),
]

UTC = datetime.timezone.utc
TIMES = [
    datetime.datetime(2024, 3, 1, 12, 0, tzinfo=UTC),
    datetime.datetime(2025, 9, 30, 0, 30, tzinfo=UTC),
    datetime.datetime(2026, 8, 15, 16, 30, tzinfo=UTC),
    datetime.datetime(2026, 11, 20, 3, 59, 59, tzinfo=UTC),
    datetime.datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC),
]

# Models that must be in the cases: names as services return them, and names with special rules.
CHOSEN = [
    ("openai", "gpt-4o-mini-2024-07-18"), ("openai", "gpt-4o"), ("openai", "o1"),
    ("openai", "o3-mini"), ("openai", "gpt-4.1"), ("openai", "GPT-4o"), ("openai", "gpt-5-20250807"),
    ("openai", "gpt-6-sol-2026-10-01"), ("openai", "gpt-4o-mini-realtime-preview"),
    ("openai", "text-embedding-3-small"), ("openai", "no-such-model"), ("openai", "whisper-1"),
    ("anthropic", "claude-sonnet-4-20250514"), ("anthropic", "claude-3-5-haiku-20241022"),
    ("anthropic", "claude-opus-4-1"), ("anthropic", "claude-haiku-4-5"),
    ("anthropic", "claude-sonnet-5-20260101"), ("anthropic", "claude-opus-5@20260201"),
    ("anthropic", "claude-haiku-5-5"),
    ("google", "gemini-2.5-pro"), ("google", "gemini-2.5-flash"), ("google", "gemini-2.5-pro-tts"),
    ("google", "gemini-1.5-pro"), ("vertex_ai", "claude-sonnet-4"), ("azure", "gpt-4o"),
    ("azure", "claude-sonnet-4"), ("deepseek", "deepseek-chat"), ("deepseek", "deepseek-v4-pro"),
    ("deepseek", "deepseek-reasoner"), ("xai", "grok-4"), ("xai", "grok-4.5-20260901"),
    ("mistralai", "mistral-large-latest"), ("groq", "llama-3.3-70b-versatile"),
    ("perplexity", "sonar"), ("perplexity", "sonar-pro"), ("perplexity", "sonar-deep-research"),
    ("openrouter", "anthropic/claude-sonnet-4.5"), ("openrouter", "openai/gpt-4o-mini"),
    ("openrouter", "openai/gpt-6-sol-20261001"), ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    ("cerebras", "llama3.1-8b"), ("nowhere", "gpt-4o"), (None, "gpt-4o"), (None, "claude-opus-4-1"),
    (None, "o3-mini"), (None, "mistral-small-latest"), (None, "gemini-2.5-flash"), (None, "grok-4"),
    (None, "no-such-model"),
]


def usage_of(counts):
    names = {
        "input": "input_tokens", "output": "output_tokens", "cache_read": "cache_read_tokens",
        "cache_write": "cache_write_tokens", "cache_write_1h": "cache_write_1h_tokens",
        "audio": "input_audio_tokens", "output_audio": "output_audio_tokens",
        "reasoning": "output_reasoning_tokens",
    }
    return Usage(**{name: counts.get(key, 0) for key, name in names.items()})


def usage_in_json(counts):
    """Returns the counts in the JSON form of `Usage` of runnable-chat."""
    of = lambda names: {name: counts[key] for name, key in names.items() if counts.get(key)}
    usage = {
        "input_tokens": counts["input"], "output_tokens": counts["output"],
        "total_tokens": counts["input"] + counts["output"],
    }
    details = {
        "input_token_details": of({
            "audio": "audio", "cache_read": "cache_read", "cache_creation": "cache_write",
            "ephemeral_1h_input_tokens": "cache_write_1h",
        }),
        "output_token_details": of({"audio": "output_audio", "reasoning": "reasoning"}),
    }
    return usage | {name: counts for name, counts in details.items() if counts}


def has_token_price(prices):
    return any(vars(prices).get(key) is not None for key in ("input_mtok", "output_mtok"))


def case(provider, model, counts, at, context=None):
    case = {"provider": provider, "model": model, "at": int(at.timestamp())}
    if context:
        case["context"] = context
    case["usage"] = usage_in_json(counts)
    try:
        price = calc_price(
            usage_of(counts), model, provider_id=provider, genai_request_timestamp=at,
            price_context=context,
        )
    except LookupError:
        return case | {"unknown": "model"}
    except ValueError:
        return case | {"unknown": "usage"}
    if not has_token_price(price.model_price):
        return case | {"unknown": "model"}
    return case | {"cost": text(price.total_price)}


def cases():
    choice = random.Random(12)
    chosen = list(CHOSEN)
    for provider in providers:
        if provider.id in KEPT:
            models = choice.sample(provider.models, min(PER_PROVIDER, len(provider.models)))
            chosen += [(NAMES.get(provider.id, provider.id), model.id) for model in models]
    for number, (provider, model) in enumerate(chosen):
        for offset in range(3):
            counts = USAGES[(number + 4 * offset) % len(USAGES)]
            yield case(provider, model, counts, TIMES[(number + offset) % len(TIMES)])
    for provider in providers:
        if provider.id not in KEPT:
            continue
        varied = [model for model in provider.models if model.price_variants]
        for model in choice.sample(varied, min(6, len(varied))):
            when = choice.choice(model.price_variants).when
            name = NAMES.get(provider.id, provider.id)
            yield case(name, model.id, choice.choice(USAGES), TIMES[-1], when)
    for at in TIMES:
        for model in ("deepseek-chat", "deepseek-reasoner", "deepseek-v4-pro", "deepseek-flash"):
            yield case("deepseek", model, USAGES[2], at)


def write(path):
    decimal.getcontext().prec = 60
    rows = [json.dumps(case, separators=(",", ":")) for case in cases()]
    head = json.dumps({"source": "genai-prices", "version": version("genai-prices")})
    with open(path, "w", encoding="utf-8") as file:
        file.write(head[:-1] + ', "cases": [\n' + ",\n".join(rows) + "\n]}\n")
    return len(rows)
