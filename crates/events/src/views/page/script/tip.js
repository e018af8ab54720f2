// The numbers that appear beside the pointer.

import { causeOf } from "./bars.js";
import { element, fill, find } from "./dom.js";
import { clamp, count, difference, duration, plural, short } from "./format.js";

const tip = find(".tip");
let tipRow = null;

export function showTip(row, x, y) {
  if (tipRow !== row) {
    tipRow = row;
    fill(tip, contentOf(row));
    tip.style.display = "block";
  }
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 14 + width > innerWidth ? x - 14 - width : x + 14;
  const top = y + 18 + height > innerHeight ? y - 12 - height : y + 18;
  tip.style.left = clamp(left, 4, innerWidth - width - 4) + "px";
  tip.style.top = clamp(top, 4, innerHeight) + "px";
}

export function hideTip() {
  if (!tipRow) return;
  tipRow = null;
  tip.style.display = "none";
}

function contentOf(row) {
  const facts = row.isGroup ? groupFacts(row) : runFacts(row);
  const list = facts.map(([name, value]) => [
    element("dt", null, name),
    element("dd", null, value),
  ]);
  return [
    element("b", null, row.isGroup ? `${row.runs.length} × ${row.name}` : row.name),
    element("dl", null, list),
    row.isGroup ? null : endOf(row),
  ];
}

function groupFacts({ spread, totals, atOnce }) {
  const facts = [
    ["Fastest", duration(spread.least)],
    ["Median", duration(spread.median)],
    ["Slowest", duration(spread.longest)],
    ["At once, at most", count(atOnce)],
  ];
  if (totals.errors) facts.push(["Errors inside", count(totals.errors)]);
  return facts;
}

function runFacts(run) {
  const facts = [
    ["Starts", duration(run.start)],
    ["Takes", duration(run.duration)],
  ];
  if (run.other)
    facts.push([
      "Before",
      `${duration(run.other.duration)} (${difference(run.duration - run.other.duration)})`,
    ]);
  if (run.first != null && run.chunks) {
    facts.push(["First chunk", "+" + duration(run.first - run.start)]);
    facts.push(["Chunks", count(run.chunkCount)]);
  }
  if (run.children.length) {
    facts.push(["Own time", duration(run.ownTime)], ["Steps inside", count(run.totals.runs - 1)]);
  }
  const { input, output } = run.totals;
  if (input + output) facts.push(["Tokens", `${short(input)} in · ${short(output)} out`]);
  return facts;
}

function endOf(run) {
  const { error } = run.raw;
  return [
    error ? element("div.bad", null, String(error.message).slice(0, 160)) : null,
    run.status === "cancelled" ? element("div.faint", null, `Cancelled: ${causeOf(run)}`) : null,
    run.changes?.length
      ? element(
          "div.faint",
          null,
          `${plural(run.changes.length, "difference")}: ${run.changes.join(", ")}`,
        )
      : null,
    run.flags.map(flag => element("div.flagged", null, String(flag.title))),
  ];
}
