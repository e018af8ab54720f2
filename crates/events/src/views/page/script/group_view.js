// The details of a group of similar runs: their durations, and the slow and failed runs.

import { drawSpread } from "./chart.js";
import { element } from "./dom.js";
import { count, duration, money, plural, short } from "./format.js";
import { placeOf } from "./kind.js";
import { figures, figureTable, heading, linkTo, statusPill } from "./pieces.js";
import { model } from "./model.js";
import { sumOf } from "./totals.js";

const LISTED = 12;

export function groupView(group, later) {
  const { runs, totals } = group;
  const { least, median, most, longest, sorted } = group.spread;
  const canvas = element("canvas.chart.spread", {
    role: "img",
    "aria-label": `Durations of ${runs.length} runs, from ${duration(least)} to ${duration(longest)}, median ${duration(median)}`,
  });
  later(() => drawSpread(canvas, group.spread));
  const failed = runs.filter(run => run.status !== "ok");
  return [
    heading("Duration", "one square for each run; the line is the median"),
    canvas,
    figures([
      [
        "Runs",
        count(runs.length),
        group.atOnce > 1 ? `at most ${count(group.atOnce)} at once` : "",
      ],
      ["Fastest", duration(least)],
      ["Median", duration(median)],
      ["95 % below", duration(most)],
      [
        "Slowest",
        duration(longest),
        median > 0 ? `${(longest / median).toFixed(1)} × the median` : "",
      ],
      ["Tokens", totals.input + totals.output ? short(totals.input + totals.output) : null],
      ["Cost", money(totals)],
      ["Errors inside", count(totals.errors)],
    ]),
    heading("Slowest"),
    runTable(sorted.toReversed().slice(0, LISTED), median),
    failed.length
      ? [
          heading("Not successful", plural(failed.length, "run")),
          runTable(failed.slice(0, LISTED), median),
        ]
      : null,
  ];
}

function runTable(runs, median) {
  const rows = runs.map(run => {
    const { input, output } = sumOf([run]);
    return [
      [
        linkTo(run),
        " ",
        element("span.faint", null, placeOf(run)),
        " ",
        statusPill(run, { isLive: model.isLive }),
      ],
      duration(run.duration),
      median > 0 ? `${(run.duration / median).toFixed(1)} ×` : "",
      input + output ? short(input + output) : "",
      money(run.totals),
    ];
  });
  return figureTable(["Run", "Time", "of median", "Tokens", "Cost"], rows);
}
