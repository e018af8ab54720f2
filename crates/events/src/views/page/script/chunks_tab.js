// The tab "Chunks" of a run: how its output arrived.

import { isHeld } from "./bars.js";
import { drawChart, legend } from "./chart.js";
import { element } from "./dom.js";
import { count, duration } from "./format.js";
import { expand } from "./payload.js";
import { figures, growing, heading, levelOf, linkTo, noteBox } from "./pieces.js";
import { plainText } from "./messages.js";
import { gapsOf, streamedInput } from "./totals.js";

/** Returns `true` if the tab has content for a run. */
export const hasChunks = run => run.chunkCount > 1 || isHeld(run);

export function chunksTab(run, later) {
  const source = streamedInput(run);
  const gaps = gapsOf(run);
  const unit = unitOf(run);
  const canvas = element("canvas.chart", {
    role: "img",
    "aria-label": `${unit} received over time`,
  });
  later(() => drawChart(canvas, run, source, gaps));
  return [
    run.flags
      .filter(flag => flag.tab === "chunks")
      .map(flag => noteBox(levelOf(flag), String(flag.title), String(flag.text ?? ""))),
    heading(`${unit} over time`),
    canvas,
    element(
      "div.legend",
      null,
      element("span", null, legend(run.family, later), "this step"),
      source
        ? element("span", null, legend("input", later), "its input, from ", linkTo(source))
        : null,
      gaps?.isStall ? element("span", null, legend("gap", later), "longest gap") : null,
    ),
    chunkFigures(run, gaps, unit),
    chunkTable(run, gaps),
  ];
}

const unitOf = run => (amountsOf(run) === run.chunks?.size ? "Bytes" : "Characters");

/** Returns the amounts of the chunks: characters, or bytes if the chunks have no text. */
export function amountsOf(run) {
  const { len, size } = run.chunks ?? {};
  return size && !len?.some(length => length > 0) ? size : len;
}

/** Returns the text of each chunk. */
export function pieces(run) {
  const { len = [], text } = run.chunks ?? {};
  const whole = text !== undefined ? expand(text) : plainText(expand(run.raw.output));
  if (typeof whole !== "string") return [];
  let position = 0;
  return len.map(length => whole.slice(position, (position += length)));
}

function chunkFigures(run, gaps, unit) {
  const at = run.chunks?.at ?? [];
  const amount = (amountsOf(run) ?? []).reduce((sum, length) => sum + length, 0);
  const seconds = (at.at(-1) - at[0]) / 1e3;
  return figures([
    ["Chunks", count(run.chunkCount)],
    ["First", run.first != null ? "+" + duration(run.first - run.start) : null],
    gaps && ["Median gap", duration(gaps.median)],
    gaps && ["95 % below", duration(gaps.most)],
    gaps && ["Longest gap", duration(gaps.longest), `after chunk ${count(gaps.after + 1)}`],
    amount > 0 && [unit, count(amount)],
    amount > 0 && seconds > 0 && ["Speed", count(amount / seconds), `${unit.toLowerCase()}/s`],
  ]);
}

function chunkTable(run, gaps) {
  const at = run.chunks?.at;
  if (!at) return null;
  const texts = pieces(run);
  const amounts = amountsOf(run) ?? [];
  const body = element("tbody");
  const row = (time, index) => {
    const gap = index ? time - at[index - 1] : null;
    const isLongest = gaps?.isStall && gaps.after === index - 1;
    const text = JSON.stringify(texts[index] ?? "").slice(1, -1);
    return element(
      "tr",
      null,
      element("td", null, String(index + 1)),
      element("td", null, "+" + duration(run.shift + time - run.start)),
      element(
        "td",
        null,
        gap == null
          ? ""
          : isLongest
            ? element("b.late", null, "▲ " + duration(gap))
            : duration(gap),
      ),
      element("td", null, amounts[index] == null ? "" : count(amounts[index])),
      element("td.wide.mono", null, text.length > 160 ? text.slice(0, 160) + "…" : text),
    );
  };
  const titles = ["#", "At", "Gap", "Size", "Text"].map(title =>
    element("th", { scope: "col" }, title),
  );
  const table = element(
    "table.numbers.chunks",
    null,
    element("thead", null, element("tr", null, titles)),
  );
  const grown = growing(at, CHUNKS_SHOWN, row, body);
  table.append(body);
  grown.prepend(table);
  return [heading("Each chunk"), grown];
}

const CHUNKS_SHOWN = 100;
