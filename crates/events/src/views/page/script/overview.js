// The tab "Overview" of a run: findings, error, time, tokens, HTTP, and properties.

import { causeOf, waitsOf } from "./bars.js";
import { copyButton } from "./clipboard.js";
import { element } from "./dom.js";
import { bytes, clamp, count, difference, duration, money, percent, short } from "./format.js";
import { nameOfForm, placeOf } from "./kind.js";
import { model } from "./model.js";
import { timeOnPath } from "./critical_path.js";
import {
  definitions,
  figures,
  figureTable,
  heading,
  levelOf,
  linkTo,
  noteBox,
  shareBars,
} from "./pieces.js";
import { gapsOf, ownTotals } from "./totals.js";

export function overview(run) {
  return [
    run.flags.map(flag => noteBox(levelOf(flag), String(flag.title), String(flag.text ?? ""))),
    run.status === "error" ? errorParts(run) : null,
    run.status === "cancelled" && !run.isGone ? cancelledParts(run) : null,
    retries(run),
    model.before ? comparison(run) : null,
    timeParts(run),
    tokenParts(run),
    insideParts(run),
    httpParts(run),
    aboutParts(run),
  ];
}

function errorParts(run) {
  const error = run.raw.error ?? { message: "The recording does not contain the error." };
  const chain = [error.message, ...(error.causes ?? [])].map(String);
  const remark = [
    String(error.kind ?? "").replace(/_/g, " "),
    error.status && `HTTP ${error.status}`,
    error.code,
    error.timeout_phase && `time limit of the ${String(error.timeout_phase).replace("_", " ")}`,
    error.attempts > 1 && `${error.attempts} attempts`,
    error.transient != null && (error.transient ? "a retry may help" : "a retry does not help"),
  ];
  const path = Array.isArray(error.path) && error.path.length ? error.path.join(" › ") : null;
  return [
    heading(
      "Error",
      remark.filter(Boolean).join(" · "),
      copyButton(() => chain.join("\ncaused by: "), "Copy error"),
    ),
    element(
      "ol.causes",
      null,
      chain.map((text, index) =>
        element(
          "li",
          null,
          index ? [element("span.faint", null, "caused by "), text] : element("b", null, text),
        ),
      ),
    ),
    definitions([
      ["Path", path],
      ["Request id", error.request_id],
      ["Retry after", error.retry_after_ms != null ? duration(error.retry_after_ms) : null],
    ]),
    whatFollowed(run),
  ];
}

// The consequence of the error: another attempt, a fallback, or an error of the enclosing run.
function whatFollowed(run) {
  const { parent } = run;
  if (!parent) return null;
  const next = parent.children[parent.children.indexOf(run) + 1];
  if (next && next.attempt > 1 && next.name === run.name) {
    return element(
      "p.faint",
      null,
      "Tried again: ",
      linkTo(next, `${next.name}, ${placeOf(next)}`),
    );
  }
  if (next && parent.form === "fallbacks") {
    return element("p.faint", null, "The fallback was ", linkTo(next));
  }
  return parent.status === "error"
    ? element("p.faint", null, "Passed on to ", linkTo(parent))
    : null;
}

function cancelledParts(run) {
  const reasons = {
    dropped: "Its future or stream was dropped before it ended.",
    token: "Its cancellation token was cancelled.",
    time_limit: "It exceeded a time limit.",
    sibling_failed: "Another run that was working at the same time failed.",
  };
  const cause = String(run.raw.cause ?? "");
  const text = Object.hasOwn(reasons, cause) ? reasons[cause] : `The cause is: ${causeOf(run)}.`;
  return noteBox("plain", `Cancelled after ${duration(run.duration)}`, text, "ban");
}

function retries(run) {
  const words = error =>
    `${String(error?.kind ?? "failed").replace(/_/g, " ")}: ${error?.message ?? "no message"}`;
  const failed = (run.raw.retries ?? []).map(({ attempt, error, wait }) => [
    `Attempt ${attempt}`,
    [words(error), element("div.faint", null, `waited ${duration(wait)} before the next attempt`)],
  ]);
  const taken = (run.raw.fallbacks ?? []).map(({ number, error }) => [
    `Fallback ${number}`,
    ["taken because of ", words(error)],
  ]);
  return [
    failed.length ? [heading("Retries"), definitions(failed)] : null,
    taken.length ? [heading("Fallbacks"), definitions(taken)] : null,
  ];
}

function comparison(run) {
  if (run.isGone)
    return noteBox(
      "plain",
      "Only in the other recording",
      `From ${model.recording.before.title}.`,
      "minus",
    );
  const { other } = run;
  if (!other)
    return noteBox("info", "Not in the other recording", `Not in ${model.recording.before.title}.`);
  const first = node => (node.first != null && node.chunks ? node.first - node.start : null);
  const totals = node => node.totals;
  const row = (name, now, before, change) => [name, now, before, change];
  const time = (name, now, before) =>
    now == null && before == null
      ? null
      : row(
          name,
          duration(now),
          duration(before),
          now != null && before != null ? difference(now - before) : "",
        );
  const number = (name, now, before) =>
    now || before
      ? row(
          name,
          count(now),
          count(before),
          now === before ? "0" : `${now > before ? "+" : "−"}${count(Math.abs(now - before))}`,
        )
      : null;
  const word = (name, now, before) =>
    now || before ? row(name, now ?? "", before ?? "", now === before ? "" : "changed") : null;
  const rows = [
    word("State", run.status, other.status),
    time("Time", run.duration, other.duration),
    time("First chunk", first(run), first(other)),
    number("Tokens in", totals(run).input, totals(other).input),
    number("Tokens out", totals(run).output, totals(other).output),
    word("Cost", money(totals(run)), money(totals(other))),
    word("Model", run.model, other.model),
    word("Finish reason", run.raw.finish, other.raw.finish),
  ];
  return [
    heading(
      "Compared",
      run.changes.length ? `differs: ${run.changes.join(", ")}` : "same input and output",
    ),
    figureTable(["Property", "This", "Before", "Change"], rows.filter(Boolean)),
  ];
}

function timeParts(run) {
  const { usage } = run.raw;
  const gaps = gapsOf(run);
  const word = run.family === "model" ? "First token" : "First chunk";
  const streams = run.first != null && run.chunks;
  const onPath = run.paths ? timeOnPath(run, "end") : 0;
  const toFirst = run.paths ? timeOnPath(run, "first") : 0;
  const speed =
    usage?.output && streams && run.end > run.first ? (usage.output / (run.end - run.first)) * 1e3 : null;
  return [
    heading("Time"),
    figures([
      [
        "Takes",
        duration(run.duration),
        run.parent ? `${percent(run.duration, run.root.duration)} of root` : "",
      ],
      ["Starts at", duration(run.start)],
      streams && [
        word,
        duration(run.first - run.start),
        run.depth ? `at ${duration(run.first)}` : "",
      ],
      (run.children.length || run.waited > 1) && ["Own time", duration(run.ownTime)],
      run.waited > 1 && ["Beside the step before", duration(run.waited)],
      onPath > model.length * 0.0005 && [
        "On the critical path",
        duration(onPath),
        percent(onPath, run.root.duration),
      ],
      toFirst > model.length * 0.0005 && [
        "Before the first chunk",
        duration(toFirst),
        percent(toFirst, run.root.first - run.root.start),
      ],
      speed && ["Speed", count(speed), "tokens/s"],
      gaps && ["Longest gap", duration(gaps.longest)],
    ]),
    phases(run),
  ];
}

function phases(run) {
  if (!run.duration) return null;
  const share = time => clamp((time - run.start) / run.duration, 0, 1);
  const rows = [];
  const add = (name, from, to, kind) =>
    rows.push([name, share(from), share(to), kind, duration(to - from)]);
  const color = run.status === "error" ? "error" : run.family;
  for (const exchange of httpOf(run)) {
    const attempt = run.raw.http.length > 1 ? `, attempt ${exchange.attempt}` : "";
    const isGood = exchange.status >= 200 && exchange.status < 300;
    add(
      `HTTP ${exchange.status ?? "failed"}${attempt}`,
      exchange.from,
      exchange.to,
      isGood ? "plain" : "error",
    );
  }
  if (run.first != null && run.chunks) {
    add(
      run.family === "model" ? "Until first token" : "Until first chunk",
      run.start,
      run.first,
      "waiting",
    );
    add("Streaming", run.first, run.end, color);
  }
  for (const child of run.children.filter(child => !child.isGone).slice(0, 12)) {
    const kind =
      child.status === "error" ? "error" : child.status === "cancelled" ? "waiting" : child.family;
    add(child.name, child.start, child.end, kind);
  }
  for (const wait of waitsOf(run)) {
    add(`Waiting: ${String(wait.reason).replace(/_/g, " ")}`, wait.from, wait.to, "waiting");
  }
  return rows.length ? shareBars(rows) : null;
}

function httpOf(run) {
  return (Array.isArray(run.raw.http) ? run.raw.http : []).map(exchange => ({
    ...exchange,
    from: run.shift + exchange.start,
    to: run.shift + (exchange.end ?? exchange.start),
  }));
}

function tokenParts(run) {
  const { usage, cost } = run.raw;
  if (!usage && cost == null) return null;
  const own = ownTotals(run);
  const sum = own.input + own.output;
  const part = (tokens, family, opacity, name) =>
    tokens > 0
      ? element("u", {
          title: `${name}: ${count(tokens)}`,
          css: { flex: String(tokens / sum), background: `var(--${family})`, opacity },
        })
      : null;
  return [
    heading("Tokens", "of this run"),
    element(
      "div.tokens",
      { "aria-hidden": "true" },
      part(own.cached, "code", ".45", "cached input"),
      part(own.input - own.cached, "code", "1", "new input"),
      part(own.reasoning, "model", ".5", "reasoning"),
      part(own.output - own.reasoning, "model", "1", "output"),
    ),
    figures([
      ["Input", usage ? count(own.input) : null],
      ["Cached input", own.cached ? count(own.cached) : null, percent(own.cached, own.input)],
      ["Written to cache", usage?.cache_written ? count(usage.cache_written) : null],
      ["Output", usage ? count(own.output) : null],
      ["Reasoning", own.reasoning ? count(own.reasoning) : null, "part of the output"],
      ["From answer cache", savedTokens(usage), "not spent"],
      ["Cost", money(own), own.unpriced ? "no known price" : ""],
    ]),
  ];
}

function savedTokens(usage) {
  const saved = usage?.from_cache;
  return saved ? `${count(saved.input)} → ${count(saved.output)}` : null;
}

function insideParts(run) {
  if (!run.children.length || run.isGone) return null;
  const { totals } = run;
  const errors = totals.errors - (run.status === "error" ? 1 : 0);
  return [
    heading("Everything inside"),
    figures([
      ["Steps", count(totals.runs - 1)],
      ["Tokens in", short(totals.input), totals.cached ? `${short(totals.cached)} cached` : ""],
      [
        "Tokens out",
        short(totals.output),
        totals.reasoning ? `${short(totals.reasoning)} reasoning` : "",
      ],
      totals.answers > 0 && ["From answer cache", count(totals.answers), "answers"],
      ["Cost", money(totals), totals.unpriced ? `${totals.unpriced} without a known price` : ""],
      ["Errors", count(errors)],
      totals.cancelled > 0 && ["Cancelled", count(totals.cancelled)],
    ]),
  ];
}

function httpParts(run) {
  const exchanges = httpOf(run);
  if (!exchanges.length) return null;
  const rows = exchanges.map(exchange => [
    [
      `${exchange.method ?? ""} ${exchange.url ?? ""}`,
      exchange.request_id ? element("div.faint.mono", null, String(exchange.request_id)) : null,
    ],
    [
      exchange.status ? String(exchange.status) : "failed",
      exchange.retry_after_ms != null
        ? element("div.faint", null, `retry after ${duration(exchange.retry_after_ms)}`)
        : null,
      exchange.error
        ? element("div.bad", null, String(exchange.error.message ?? exchange.error))
        : null,
    ],
    exchange.first_byte != null ? "+" + duration(exchange.first_byte - exchange.start) : "–",
    duration(exchange.to - exchange.from),
    bytes(exchange.request_bytes),
    bytes(exchange.response_bytes),
  ]);
  return [
    heading("HTTP"),
    figureTable(["Request", "Status", "First byte", "Time", "Sent", "Received"], rows),
  ];
}

function aboutParts(run) {
  const metadata =
    run.raw.metadata && typeof run.raw.metadata === "object"
      ? Object.entries(run.raw.metadata)
      : [];
  const mono = value =>
    element("span.mono", null, typeof value === "string" ? value : JSON.stringify(value));
  return [
    heading("About"),
    definitions([
      ["Kind", nameOfForm(run.form)],
      ["Position", run.position],
      ["Attempt", run.attempt],
      ["Item", run.item],
      ["Model", run.model],
      ["Provider", run.raw.provider],
      ["Finish reason", run.raw.finish],
      ["Source", run.raw.source ? mono(run.raw.source) : null],
      ["Run id", mono(run.id)],
      ...metadata.map(([key, value]) => [key, mono(value)]),
    ]),
    run.tags.length
      ? element(
          "div.chips",
          null,
          run.tags.map(tag => element("span.chip", null, tag)),
        )
      : null,
  ];
}
