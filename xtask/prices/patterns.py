"""Converts the match rules of genai-prices to the name patterns of the prices table.

In a pattern, `*` matches any text and `#` matches one digit. A rule is a list of patterns, one of
which must match, or an object with the lists `any`, `none` and `all`.
"""

import functools
import re

# Regular expressions that are not a plain prefix with digits, with their rules written by hand.
BY_HAND = {
    r"^(?!.*-[tT][tT][sS](?:$|-))": {"none": ["*-tts", "*-tts-*"]},
    r"^(?![^/]+/)(?:labs-)?(?:(?:mi|code|dev|magi|mini)stral|mixtral|pixtral|voxtral"
    r"|open-(?:mistral|mixtral))": {
        "any": [
            start + family
            for start in ("", "labs-")
            for family in (
                "mistral*", "codestral*", "devstral*", "magistral*", "ministral*", "mixtral*",
                "pixtral*", "voxtral*", "open-mistral*", "open-mixtral*",
            )
        ],
        "none": ["*/*"],
    },
    r"^o[134]": ["o1*", "o3*", "o4*"],
}


def rule(clause):
    """Returns the rule for a clause: a list of patterns, or an object."""
    kind = type(clause).__name__
    if kind == "ClauseOr":
        rules = [rule(part) for part in clause.or_]
        if all(isinstance(part, list) for part in rules):
            return [pattern for part in rules for pattern in part]
        return {"any": [part for one in rules for part in (one if isinstance(one, list) else [one])]}
    if kind == "ClauseAnd":
        return {"all": [rule(part) for part in clause.and_]}
    if kind == "ClauseRegex":
        return of_regex(clause.regex)
    text = next(iter(vars(clause).values())).lower()
    if set(text) & set("*#"):
        raise SystemExit(f"`{text}` contains a character with a meaning in patterns")
    form = {
        "ClauseEquals": "{}",
        "ClauseStartsWith": "{}*",
        "ClauseEndsWith": "*{}",
        "ClauseContains": "*{}*",
    }[kind]
    return [form.format(text)]


def of_regex(regex):
    if regex in BY_HAND:
        return BY_HAND[regex]
    if not regex.startswith("^"):
        raise SystemExit(f"add the rule of the regular expression `{regex}` to patterns.py")
    body, is_open = (regex[1:-1], False) if regex.endswith("$") else (regex[1:], True)
    body = re.sub(r"\\d\{(\d+)\}", lambda count: "#" * int(count[1]), body)
    body = body.replace(r"\d", "#").replace(r"\.", ".")
    choices = [body]
    while match := re.search(r"\[([^\]\\^-]*-?[^\]\\^-]*)\]", choices[0]):
        choices = [one.replace(match[0], letter) for one in choices for letter in match[1]]
    if any(set(one) & set("\\[](){}|?*+^$") for one in choices):
        raise SystemExit(f"add the rule of the regular expression `{regex}` to patterns.py")
    return [one + ("*" if is_open else "") for one in choices]


@functools.cache
def regex_of(pattern):
    parts = {"*": ".*", "#": "[0-9]"}
    return re.compile("".join(parts.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


def is_match(rule, name):
    """Returns whether a rule matches a name in lower case, as the Rust code decides it."""
    if isinstance(rule, str):
        return regex_of(rule).fullmatch(name) is not None
    if isinstance(rule, list):
        return any(is_match(part, name) for part in rule)
    return (
        ("any" not in rule or is_match(rule["any"], name))
        and not is_match(rule.get("none", []), name)
        and all(is_match(part, name) for part in rule.get("all", []))
    )
