// Draws the bars of one row of the waterfall.

import { clamp, duration } from "./format.js";
import { model } from "./model.js";
import { colourOf, colours, hatch, surface } from "./palette.js";
import { isFolded } from "./rows.js";
import { state } from "./state.js";
import { toPixels } from "./time_line.js";
import { streamedInput } from "./totals.js";

// The code of the finding that a step has held up streaming.
const HELD = "stopped_stream";

export const isHeld = run => run.flags.some(flag => flag.code === HELD);

// The run of a step that needs its complete input starts after the last chunk of the step before,
// so the start of the run does not show for how long the step held the chunks.
const heldSince = run => streamedInput(run)?.first ?? run.start;

/** Returns the word beside the bar, so that colour is never the only sign. */
export function noteOf(row) {
  if (row.isGroup)
    return `median ${duration(row.spread.median)} · max ${duration(row.spread.longest)}`;
  if (row.isGone) return "− only before";
  if (row.status === "error")
    return "✕ " + String(row.raw.error?.kind ?? "error").replace(/_/g, " ");
  if (row.status === "cancelled") return "⊘ " + causeOf(row);
  if (row.isOpen) return model.isLive ? "… running" : "… unfinished";
  if (isHeld(row) && row.first != null) return "▲ held " + duration(row.first - heldSince(row));
  if (row.family === "model" && row.first != null && row.chunks) {
    return "first " + duration(row.first - row.start);
  }
  return "";
}

const CAUSES = {
  dropped: "dropped",
  token: "cancelled by token",
  time_limit: "time limit",
  sibling_failed: "a sibling failed",
};

/** Returns the cause of a cancellation as text. */
export function causeOf(run) {
  const cause = String(run.raw.cause ?? "cancelled");
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause] : cause.replace(/_/g, " ");
}

/** Draws a row. `ticks` are the times of the lines behind it. */
export function drawRow(canvas, row, width, height, ticks) {
  const pen = surface(canvas, width, height);
  pen.fillStyle = colours.line;
  pen.globalAlpha = 0.6;
  for (const time of ticks) pen.fillRect(Math.round(toPixels(time, width)), 0, 1, height);
  pen.globalAlpha = 1;
  const place = edgesOf(row.start, row.end, width);
  if (place.right < 0 || place.left > width) {
    drawArrow(pen, place.left > width, width, height / 2);
    return;
  }
  const other = !row.isGroup && row.other;
  const middle = height / 2 - (other ? 3 : 0);
  if (row.isGroup) drawMany(pen, row, place, middle, width);
  else if (row.isGone) drawOther(pen, row, middle, width);
  else if (row.family === "holder" && isFolded(row)) drawFolded(pen, row, place, middle, width);
  else if (row.family === "holder") drawHolder(pen, row, place, middle, width);
  else drawLeaf(pen, row, place, middle, width);
  if (other) drawOther(pen, other, height - 7, width);
  if (state.path !== "none" && row.paths) drawPath(pen, row, width, height);
  drawNote(pen, row, place, middle, width);
}

function edgesOf(start, end, width) {
  const left = clamp(toPixels(start, width), -20, width + 20);
  const right = clamp(toPixels(end, width), -20, width + 20);
  return { left, right: Math.max(right, left + 2) };
}

// The run is outside the part of the time line that is shown: an arrow points to it.
function drawArrow(pen, isRight, width, middle) {
  const [tip, back] = isRight ? [width - 3, width - 8] : [3, 8];
  pen.fillStyle = colours["text-3"];
  pen.beginPath();
  pen.moveTo(tip, middle);
  pen.lineTo(back, middle - 4);
  pen.lineTo(back, middle + 4);
  pen.fill();
}

// A thin bracket, with the times in which it waited.
function drawHolder(pen, run, { left, right }, middle, width) {
  pen.fillStyle = colourOf(run);
  pen.fillRect(left, middle - 1.5, right - left, 3);
  pen.fillRect(left, middle - 4, 1.5, 8);
  pen.fillRect(right - 1.5, middle - 4, 1.5, 8);
  drawWaits(pen, run, middle, width);
}

function drawWaits(pen, run, middle, width) {
  for (const { from, to } of waitsOf(run)) {
    const [start, end] = [toPixels(from, width), toPixels(to, width)];
    if (end < 0 || start > width) continue;
    pen.clearRect(start, middle - 5, end - start, 10);
    pen.fillStyle = hatch(pen, colours["text-3"]);
    pen.fillRect(start, middle - 5, end - start, 10);
  }
}

/** Returns the times in which a run waited: for a permit, a rate limit, a budget, or a retry. */
export function waitsOf(run) {
  const { waits, retries } = run.raw;
  const waited = (waits ?? []).map(wait => ({ ...wait, from: wait.from, to: wait.to }));
  const paused = (retries ?? []).map(retry => ({
    from: retry.at,
    to: retry.at + retry.wait,
    reason: `before attempt ${retry.attempt + 1}`,
  }));
  return [...waited, ...paused]
    .filter(wait => wait.to > wait.from)
    .map(wait => ({ ...wait, from: run.shift + wait.from, to: run.shift + wait.to }));
}

// The row is folded: the runs inside it, flat. In the order of the tree, they are one slice.
function drawFolded(pen, run, place, middle, width) {
  drawFrame(pen, colourOf(run), place, middle);
  const inside = model.order.slice(run.index + 1, run.index + run.size);
  drawFlat(pen, inside, middle, width);
}

// A group: the number of its runs that were running at each time, with a red tick for each failure.
function drawMany(pen, group, { left, right }, middle, width) {
  const { runs } = group;
  const columns = Math.max(1, Math.ceil(right - left));
  const changes = new Int32Array(columns + 1);
  const columnOf = time => clamp(Math.floor(toPixels(time, width) - left), 0, columns);
  for (const run of runs) {
    const from = columnOf(run.start);
    changes[from]++;
    changes[Math.max(from + 1, columnOf(run.end))]--;
  }
  const heights = changes.slice(0, columns);
  for (let index = 1; index < columns; index++) heights[index] += heights[index - 1];
  const most = Math.max(...heights, 1);
  const base = middle + 7;
  pen.fillStyle = colours[group.inner];
  pen.globalAlpha = 0.75;
  heights.forEach((number, index) => {
    if (!number) return;
    const height = 2 + (12 * number) / most;
    pen.fillRect(left + index, base - height, 1, height);
  });
  pen.globalAlpha = 1;
  pen.fillStyle = colours.error;
  for (const run of runs) {
    if (run.status === "error") pen.fillRect(toPixels(run.end, width) - 1, base - 14, 2, 14);
  }
  pen.fillStyle = colours["line-2"];
  pen.fillRect(left, base, right - left, 1);
}

function drawFrame(pen, colour, { left, right }, middle) {
  pen.fillStyle = colour;
  pen.fillRect(left, middle - 5, 1.5, 10);
  pen.fillRect(right - 1.5, middle - 5, 1.5, 10);
  pen.globalAlpha = 0.22;
  pen.fillRect(left, middle - 4, right - left, 8);
  pen.globalAlpha = 1;
}

function drawFlat(pen, runs, middle, width) {
  for (const run of runs) {
    if (run.family === "holder" || run.isGone) continue;
    const [left, right] = [toPixels(run.start, width), toPixels(run.end, width)];
    if (right < 0 || left > width) continue;
    const isThin = run.family === "code";
    pen.fillStyle = colourOf(run);
    pen.fillRect(left, isThin ? middle + 1 : middle - 4, Math.max(1, right - left), isThin ? 3 : 8);
  }
}

function drawLeaf(pen, run, { left, right }, middle, width) {
  const top = middle - 5;
  const colour = colourOf(run);
  const first =
    run.first != null && run.chunks ? clamp(toPixels(run.first, width), left, right) : null;
  const height = first != null ? 7 : 10;
  pen.fillStyle = colour;
  if (first == null && run.status !== "cancelled") {
    fillBar(pen, left, right, top, height, Math.min(2, (right - left) / 2));
  } else {
    drawWaiting(pen, colour, left, first ?? right, top, height);
  }
  if (first != null) {
    pen.fillStyle = colour;
    fillBar(pen, first, right, top, height, [0, 2, 2, 0]);
    drawChunks(pen, run, first, right, top + 8.5, width);
    drawFirst(pen, isHeld(run) ? colours.warning : colours.text, first, top, height);
  }
  if (run.status === "cancelled") {
    pen.strokeStyle = colours.cancelled;
    pen.setLineDash([3, 2]);
    pen.strokeRect(left + 0.5, top + 0.5, right - left - 1, height - 1);
    pen.setLineDash([]);
  }
  drawWaits(pen, run, middle, width);
}

function fillBar(pen, left, right, top, height, radii) {
  pen.beginPath();
  pen.roundRect(left, top, Math.max(right - left, 1.5), height, radii);
  pen.fill();
}

// The time until the first chunk is hatched, because the run waits for another service.
function drawWaiting(pen, colour, left, right, top, height) {
  pen.save();
  pen.beginPath();
  pen.roundRect(left, top, Math.max(right - left, 1.5), height, [2, 0, 0, 2]);
  pen.clip();
  pen.fillStyle = colour;
  pen.globalAlpha = 0.13;
  pen.fillRect(left, top, right - left, height);
  pen.globalAlpha = 0.75;
  pen.fillStyle = hatch(pen, colour);
  pen.fillRect(left, top, right - left, height);
  pen.restore();
}

// Chunks are a ruler below the bar: ticks while there is room, and density otherwise. A gap stays
// empty, so that a stall shows.
function drawChunks(pen, run, first, right, top, width) {
  const times = run.chunks.at;
  if ((right - first) / times.length >= 3) {
    for (const time of times) {
      const x = toPixels(run.shift + time, width);
      if (x > -1 && x < width) pen.fillRect(Math.round(x), top, 1, 3);
    }
    return;
  }
  if (times.length < 2) return;
  const CELL = 2;
  const cells = new Map();
  for (const time of times) {
    const cell = Math.floor(toPixels(run.shift + time, width) / CELL);
    if (cell >= 0 && cell * CELL < width) cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  const most = Math.max(...cells.values());
  for (const [cell, number] of cells) {
    pen.globalAlpha = 0.4 + (0.6 * number) / most;
    pen.fillRect(cell * CELL, top, CELL, 3);
  }
  pen.globalAlpha = 1;
}

/** Draws the mark of the first chunk: a line through the bar, with a head. */
export function drawFirst(pen, colour, x, top, height) {
  pen.fillStyle = colours.bg;
  pen.fillRect(x - 2, top - 2, 4, height + 5);
  pen.fillStyle = colour;
  pen.fillRect(x - 1, top - 3, 2, height + 8);
  pen.beginPath();
  pen.moveTo(x - 4, top - 4.5);
  pen.lineTo(x + 4, top - 4.5);
  pen.lineTo(x, top);
  pen.fill();
}

// The same run in the other recording: an outline, with the first chunk as a line.
function drawOther(pen, run, middle, width) {
  const { left, right } = edgesOf(run.start, run.end, width);
  pen.fillStyle = colours["text-3"];
  pen.globalAlpha = 0.16;
  pen.fillRect(left, middle - 2.5, right - left, 5);
  pen.globalAlpha = 1;
  pen.strokeStyle = run.status === "error" ? colours.error : colours["text-3"];
  pen.lineWidth = 1;
  if (run.isGone || run.status === "cancelled") pen.setLineDash([3, 2]);
  pen.strokeRect(left + 0.5, middle - 2.5, Math.max(1, right - left - 1), 5);
  pen.setLineDash([]);
  if (run.first != null && run.chunks) {
    pen.fillStyle = colours["text-3"];
    pen.fillRect(toPixels(run.first, width) - 1, middle - 4, 2, 8);
  }
}

function drawPath(pen, run, width, height) {
  pen.fillStyle = colours.accent;
  for (const [from, to] of run.paths[state.path]) {
    const [left, right] = [toPixels(from, width), toPixels(to, width)];
    if (right - left >= 1 && right > 0 && left < width)
      pen.fillRect(left, height - 3, right - left, 2);
  }
}

function drawNote(pen, row, { left, right }, middle, width) {
  const text = row.isGroup ? "" : noteOf(row);
  if (!text) return;
  pen.font = "11px " + colours.font;
  pen.textBaseline = "middle";
  const wide = pen.measureText(text).width;
  const isWarning = !row.isGroup && !row.isGone && isHeld(row);
  const colour =
    row.status === "error" && !row.isGone
      ? colours.error
      : isWarning
        ? colours.warning
        : colours["text-3"];
  const end =
    row.other && !row.isGroup
      ? Math.max(right, edgesOf(row.other.start, row.other.end, width).right)
      : right;
  pen.fillStyle = colour;
  if (end + 7 + wide < width) {
    pen.fillText(text, end + 7, middle + 0.5);
  } else if (left - 7 - wide > 0) {
    pen.fillText(text, left - 7 - wide, middle + 0.5);
  } else if (right - left > wide + 30 && width > 260 && row.family === "holder") {
    const x = clamp(left, 0, width) + 14;
    pen.fillStyle = colours.bg;
    pen.fillRect(x - 4, middle - 7, wide + 8, 14);
    pen.fillStyle = colour;
    pen.fillText(text, x, middle + 0.5);
  }
}
