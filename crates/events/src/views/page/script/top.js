// The top of the page: the title, the state, the figures of the recording, and its tools.

import { copy } from "./clipboard.js";
import { element, fill, find, iconButton } from "./dom.js";
import { count, difference, duration, moment, money, quantile, short } from "./format.js";
import { showHelp } from "./help.js";
import { wholeAsMarkdown } from "./markdown.js";
import { model, startedAt } from "./model.js";
import { statusPill } from "./pieces.js";
import { nextTheme, themeLabel } from "./theme.js";
import { sumOf } from "./totals.js";

const top = find(".top");

/** Draws the top. `showRoot` shows one root only, and `showBase` changes where roots are placed. */
export function drawTop({ showRoot, showBase }) {
  const { title } = model.recording;
  const [root] = model.roots;
  const name = title || root?.name || "Recording";
  document.title = `${name} · ${model.before ? "two recordings" : model.isLive ? "running" : "recording"}`;
  fill(
    top,
    element(
      "div.identity",
      null,
      element(
        "div.names",
        null,
        element("h1", { title: name }, name),
        element("div.subtitle", null, subtitle()),
      ),
      stateOfAll(),
      rootChooser(showRoot),
      baseChooser(showBase),
    ),
    element("dl.totals", { "aria-label": "Summary" }, totals()),
    element(
      "div.tools",
      null,
      iconButton("document", "Copy the recording as Markdown", () =>
        copy(wholeAsMarkdown(), "Recording copied as Markdown"),
      ),
      iconButton("printer", "Print", () => print()),
      iconButton(themeLabel().icon, themeLabel().text, nextTheme, "t", ".theme"),
      iconButton("help", "Keys", showHelp, "?"),
    ),
  );
}

function subtitle() {
  const root = model.root ?? model.allRoots[0];
  const started = root ? startedAt(root) : null;
  const { facts, before } = model.recording;
  const parts = [
    before ? `compared with ${before.title}` : null,
    started ? moment(started) : null,
    facts.version ?? facts.library,
  ];
  return parts.filter(Boolean).join(" · ");
}

function stateOfAll() {
  const roots = model.roots.filter(run => !run.isGone);
  if (!roots.length) return null;
  const worst = ["running", "error", "cancelled"]
    .map(status => roots.find(run => run.status === status))
    .find(Boolean);
  return statusPill(worst ?? roots[0], { isLive: model.isLive, always: true });
}

const MOST_OPTIONS = 2000;

function rootChooser(showRoot) {
  const roots = model.allRoots;
  if (roots.length < 2) return null;
  const option = (value, text) =>
    element("option", { value, selected: (model.root?.id ?? "") === value }, text);
  const select = element(
    "select",
    { "aria-label": "Root to show", on: { change: event => showRoot(event.target.value || null) } },
    option("", `All ${count(roots.length)} roots`),
    roots
      .slice(0, MOST_OPTIONS)
      .map((run, index) =>
        option(
          run.id,
          `${index + 1}. ${run.name} · ${duration(run.duration)}${run.status === "ok" ? "" : " · " + run.status}`,
        ),
      ),
  );
  return select;
}

function baseChooser(showBase) {
  if (model.root || model.before || model.allRoots.length < 2) return null;
  const option = (value, text) =>
    element("option", { value, selected: model.base === value }, text);
  return element(
    "select.base",
    { "aria-label": "Where roots begin", on: { change: event => showBase(event.target.value) } },
    option("clock", "at their times"),
    option("start", "each from 0"),
  );
}

// Words that a narrow screen leaves out.
const lesser = text => element("span.spare", null, text);

function totals() {
  const { totals: sum } = model;
  const roots = model.roots.filter(run => !run.isGone);
  const before = model.before ? sumOf(model.before.roots) : null;
  const events = model.root ? 0 : model.recording.events;
  const figure = (name, value, remark, isBad) =>
    element(
      "div",
      null,
      element("dt", null, name),
      element(
        isBad ? "dd.bad" : "dd",
        null,
        value,
        remark ? element("small", null, " " + remark) : null,
      ),
    );
  const first = firstChunk(roots);
  const length = lengthOfRoots(roots);
  const was = text => (before ? `was ${text}` : "");
  return [
    figure(
      "Total",
      duration(length),
      before ? difference(length - lengthOfRoots(model.before.roots)) : "",
    ),
    figure(
      ["First", lesser(roots.length > 1 ? " chunk, median" : " chunk")],
      duration(first),
      before ? was(duration(firstChunk(model.before.roots))) : "",
    ),
    figure(
      [lesser("Tokens "), "in"],
      short(sum.input),
      before ? was(short(before.input)) : sum.cached ? `${short(sum.cached)} cached` : "",
    ),
    figure(
      [lesser("Tokens "), "out"],
      short(sum.output),
      before ? was(short(before.output)) : sum.reasoning ? `${short(sum.reasoning)} reasoning` : "",
    ),
    figure(
      "Cost",
      money(sum) || "–",
      before
        ? was(money(before) || "–")
        : sum.unpriced && sum.priced
          ? `${count(sum.unpriced)} unpriced`
          : "",
    ),
    figure(
      "Steps",
      count(sum.runs),
      before ? was(count(before.runs)) : events ? `${count(events)} events` : "",
    ),
    figure(
      "Errors",
      count(sum.errors),
      sum.cancelled ? `${count(sum.cancelled)} cancelled` : "",
      sum.errors > 0,
    ),
  ];
}

function lengthOfRoots(roots) {
  if (!roots.length) return 0;
  return Math.max(...roots.map(run => run.end)) - Math.min(...roots.map(run => run.start));
}

function firstChunk(roots) {
  const times = roots.filter(run => run.first != null).map(run => run.first - run.start);
  return times.length
    ? quantile(
        times.sort((a, b) => a - b),
        0.5,
      )
    : null;
}
