"""Writes the prices table of runnable-chat from the data of genai-prices."""

import datetime
import json
from decimal import Decimal
from importlib.metadata import version

from genai_prices.data import providers

from patterns import is_match, rule

# The services for which the workspace has a provider, the services that are commonly used behind
# a compatible API, and the services whose models these services also offer.
KEPT = """anthropic aws azure cerebras cohere deepseek fireworks google groq minimax mistral
    moonshotai openai openrouter perplexity together x-ai zai""".split()

# The prices of tokens and requests. Other units, such as images and searches, are not in the usage
# that models report.
PRICES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "input_audio",
    "output_audio_mtok": "output_audio",
    "cache_audio_read_mtok": "cache_read_audio",
    "output_reasoning_mtok": "reasoning",
}


def text(number):
    """Returns a number of dollars as text, without trailing zeros."""
    digits = format(number, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def rate(price):
    """Returns a price per million tokens, with the prices of long prompts if they differ."""
    if isinstance(price, Decimal):
        return text(price)
    return [text(price.base)] + [[tier.start, text(tier.price)] for tier in price.tiers]


def rates(prices):
    found = vars(prices)
    named = {name: rate(found[key]) for key, name in PRICES.items() if found.get(key) is not None}
    if found.get("requests_kcount") is not None:
        named["request"] = text(found["requests_kcount"] / 1000)
    return named


def period(constraint):
    """Returns the time at which a price applies. An empty object means always."""
    if constraint is None:
        return {}
    if hasattr(constraint, "start_date"):
        return {"from": constraint.start_date.isoformat()}
    return {"daily": [minute(constraint.start_time), minute(constraint.end_time)]}


def minute(time):
    if time.utcoffset() not in (None, datetime.timedelta(0)) or time.second or time.microsecond:
        raise SystemExit(f"{time} is not a whole minute in UTC")
    return time.strftime("%H:%M")


def dated(prices):
    """Returns the prices of a model. The last entry that applies at a time is used."""
    if not isinstance(prices, list):
        return [rates(prices)]
    return [period(one.constraint) | rates(one.prices) for one in prices]


def row(model):
    """Returns the row of a model, or `None` if tokens of the model have no price."""
    row = {"id": model.id}
    if (names := rule(model.match)) != [model.id.lower()]:
        row["names"] = names
    row["prices"] = dated(model.prices)
    if not any("input" in option or "output" in option for option in row["prices"]):
        # The row stays without prices, so that no later rule matches the name of this model.
        row["prices"] = []
        return row
    variants = [
        {"when": variant.when} | period(variant.constraint) | rates(variant.prices)
        for variant in model.price_variants or []
    ]
    if variants:
        row["variants"] = variants
    return row


def table():
    rows = []
    for provider in providers:
        if provider.id not in KEPT:
            continue
        head = {"id": provider.id}
        if provider.provider_match:
            head["names"] = rule(provider.provider_match)
        if provider.model_match:
            head["models_named"] = rule(provider.model_match)
        if provider.fallback_model_providers:
            head["fallbacks"] = provider.fallback_model_providers
        rows.append((head, [row(model) for model in provider.models]))
    return rows


def check_patterns():
    """Checks that the patterns of regular expressions decide as genai-prices does, for all names."""
    names = {name.lower() for provider in providers for model in provider.models
             for name in [model.id, *literals(model.match)]}
    names |= {name + end for name in names for end in ("-20251211", "-2025-12-11", "-tts", "-tts-1")}
    for provider in providers:
        if provider.id not in KEPT:
            continue
        clauses = [model.match for model in provider.models]
        clauses += [one for one in (provider.model_match, provider.provider_match) if one]
        for clause in filter(has_regex, clauses):
            converted = rule(clause)
            for name in names:
                if clause.is_match(name) != is_match(converted, name):
                    raise SystemExit(f"{converted} decides differently from {clause} for `{name}`")


def has_regex(clause):
    parts = getattr(clause, "or_", None) or getattr(clause, "and_", None) or []
    return hasattr(clause, "regex") or any(map(has_regex, parts))


def literals(clause):
    parts = getattr(clause, "or_", None) or getattr(clause, "and_", None)
    if parts:
        return [name for part in parts for name in literals(part)]
    return [] if hasattr(clause, "regex") else [next(iter(vars(clause).values()))]


def write(path):
    check_patterns()
    head = {
        "schema": 1,
        "source": "genai-prices",
        "version": version("genai-prices"),
        "date": datetime.date.today().isoformat(),
    }
    compact = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    groups = []
    for provider, models in table():
        rows = ",\n".join(map(compact, models))
        groups.append(compact(provider)[:-1] + ',"models":[\n' + rows + "\n]}")
    # One line per model, so that a comparison of two versions shows the models that changed.
    text = compact(head)[:-1] + ',"providers":[\n' + ",\n".join(groups) + "\n]}\n"
    json.loads(text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return len(text)
