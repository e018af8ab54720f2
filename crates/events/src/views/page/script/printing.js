// The page on paper: a plain table of all rows, with bars as vectors, because the live table has
// only the rows in sight.

import { element, fill, find, shape } from "./dom.js";
import { count, duration, money, plural, short } from "./format.js";
import { nameOfForm } from "./kind.js";
import { model } from "./model.js";
import { chosenRow } from "./navigation.js";
import { expand, textOf } from "./payload.js";
import { shown } from "./rows.js";

const MOST_ROWS = 400;
const LONGEST_PRINTED = 6000;
const WIDTH = 300;
const COLOURS = { model: "#5b6be0", service: "#149082", code: "#7c8193", holder: "#b4b7c2" };
const PRINTED_SIGNS = { error: "✕ ", cancelled: "⊘ " };

export function startPrinting() {
  const paper = find(".paper");
  addEventListener("beforeprint", () => fill(paper, content()));
  addEventListener("afterprint", () => fill(paper));
}

function content() {
  const { totals, recording, findings } = model;
  const rows = shown.rows.slice(0, MOST_ROWS);
  const facts = [
    duration(model.length),
    `${short(totals.input)} tokens in, ${short(totals.output)} out`,
    money(totals),
    plural(totals.errors, "error"),
  ];
  return [
    element("h1", null, recording.title || model.roots[0]?.name || "Recording"),
    element("p", null, facts.filter(Boolean).join(" · ")),
    findings.length
      ? [
          element("h2", null, "Findings"),
          element(
            "ul",
            null,
            findings.map(({ title, text }) =>
              element("li", null, element("b", null, `${title}. `), text ?? ""),
            ),
          ),
        ]
      : null,
    element("h2", null, "Steps"),
    element(
      "table",
      null,
      element("thead", null, titles()),
      element("tbody", null, rows.map(rowView)),
    ),
    shown.rows.length > MOST_ROWS
      ? element("p", null, `${count(shown.rows.length - MOST_ROWS)} more rows are not printed.`)
      : null,
    valuesOf(chosenRow()),
  ];
}

const titles = () =>
  element(
    "tr",
    null,
    ["Step", "Kind", "Time", "Tokens", "Cost", "When"].map(title => element("th", null, title)),
  );

function rowView(row) {
  const tokens = row.totals.input + row.totals.output;
  const name = row.isGroup
    ? `${row.runs.length} × ${row.name}`
    : (PRINTED_SIGNS[row.status] ?? "") + row.name;
  return element(
    "tr",
    null,
    element("td", null, "\u2003".repeat(row.level) + name),
    element("td", null, row.isGroup ? "Group" : nameOfForm(row.form)),
    element("td", null, duration(row.end - row.start)),
    element("td", null, tokens ? short(tokens) : ""),
    element("td", null, money(row.totals)),
    element("td.when", null, printedBar(row)),
  );
}

function printedBar(row) {
  const x = time => (time / model.length) * WIDTH;
  const rect = (from, to, y, height, fill, opacity = 1) =>
    shape("rect", {
      x: x(from),
      y,
      width: Math.max(x(to) - x(from), 0.6),
      height,
      fill,
      "fill-opacity": opacity,
    });
  const colour =
    row.status === "error"
      ? "#c4282b"
      : row.status === "cancelled"
        ? "#9a9da8"
        : (COLOURS[row.family] ?? COLOURS.code);
  const streams = row.first != null && row.chunks;
  const parts = streams
    ? [
        rect(row.start, row.first, 2, 6, colour, 0.3),
        rect(row.first, row.end, 2, 6, colour),
        rect(row.first, row.first, 0, 10, "#000"),
      ]
    : row.family === "holder"
      ? [rect(row.start, row.end, 4, 2, colour)]
      : [rect(row.start, row.end, 2, 6, colour)];
  return shape("svg", { viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none" }, parts);
}

function valuesOf(row) {
  if (!row || row.isGroup) return null;
  const { input, output, error } = row.raw;
  const value = (title, content) => {
    const text = textOf(expand(content));
    return [
      element("p", null, title),
      element(
        "pre",
        null,
        text.length > LONGEST_PRINTED
          ? text.slice(0, LONGEST_PRINTED) + `\n… ${count(text.length)} characters`
          : text,
      ),
    ];
  };
  return [
    element("h2", null, row.name),
    error ? element("p", null, [error.message, ...(error.causes ?? [])].join(" ← ")) : null,
    input === undefined ? null : value("Input", input),
    output === undefined ? null : value("Output", output),
  ];
}
