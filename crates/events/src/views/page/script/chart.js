// The chart of what arrived over time, and the signs in legends.

import { drawFirst, isHeld } from "./bars.js";
import { element } from "./dom.js";
import { duration, short } from "./format.js";
import { colourOf, colours, hatch, surface } from "./palette.js";
import { ticksOf } from "./time_line.js";

const HEIGHT = 150;
const SPACE = { left: 44, right: 10, top: 10, bottom: 20 };

/** Draws how the output of a run grew, beside its input if that was streamed too. */
export function drawChart(canvas, run, source, gaps) {
  const width = canvas.clientWidth;
  const pen = surface(canvas, width, HEIGHT);
  canvas.style.width = "100%";
  const own = growthOf(run);
  const input = source ? growthOf(source) : [];
  const from = Math.min(run.start, input[0]?.time ?? run.start);
  const most = Math.max(1, own.at(-1)?.sum ?? 0, input.at(-1)?.sum ?? 0);
  const x = time =>
    SPACE.left +
    ((time - from) / Math.max(run.end - from, 0.001)) * (width - SPACE.left - SPACE.right);
  const y = sum => HEIGHT - SPACE.bottom - (sum / most) * (HEIGHT - SPACE.bottom - SPACE.top);
  pen.font = "10.5px " + colours.font;
  pen.textBaseline = "middle";
  drawAxes(pen, { x, y, from, to: run.end, most, width });
  if (gaps?.isStall) {
    const [left, right] = [gaps.after, gaps.after + 1].map(index =>
      x(run.shift + run.chunks.at[index]),
    );
    pen.globalAlpha = 0.5;
    pen.fillStyle = hatch(pen, colours.warning);
    pen.fillRect(left, SPACE.top, right - left, HEIGHT - SPACE.bottom - SPACE.top);
    pen.globalAlpha = 1;
  }
  const scale = { x, y, end: run.end };
  drawGrowth(pen, input, scale, { colour: colours["text-3"], dash: [3, 2] });
  drawGrowth(pen, own, scale, {
    colour: colourOf(run),
    dash: [],
    start: run.start,
    isFilled: true,
  });
  if (run.first != null) {
    drawFirst(
      pen,
      isHeld(run) ? colours.warning : colours.text,
      x(run.first),
      SPACE.top,
      HEIGHT - SPACE.bottom - SPACE.top - 5,
    );
  }
}

function growthOf(run) {
  const { at = [], len, size } = run.chunks ?? {};
  const amounts = size && !len?.some(length => length > 0) ? size : len;
  let sum = 0;
  return at.map((time, index) => ({ time: run.shift + time, sum: (sum += amounts?.[index] ?? 1) }));
}

function drawAxes(pen, { x, y, from, to, most, width }) {
  pen.textAlign = "right";
  for (const share of [0, 0.5, 1]) {
    const height = Math.round(y(most * share)) + 0.5;
    pen.strokeStyle = colours.line;
    pen.beginPath();
    pen.moveTo(SPACE.left, height);
    pen.lineTo(width - SPACE.right, height);
    pen.stroke();
    pen.fillStyle = colours["text-3"];
    pen.fillText(short(most * share), SPACE.left - 6, height);
  }
  pen.textAlign = "left";
  for (const time of ticksOf(from, to, (width - SPACE.left - SPACE.right) * 1.4).times) {
    const label = duration(time);
    if (x(time) + pen.measureText(label).width > width - 6) continue;
    pen.fillStyle = colours["text-3"];
    pen.fillText(label, x(time) + 2, HEIGHT - 8);
    pen.fillStyle = colours.line;
    pen.fillRect(x(time), HEIGHT - SPACE.bottom, 1, 5);
  }
}

function drawGrowth(pen, points, { x, y, end }, { colour, dash, start, isFilled }) {
  if (!points.length) return;
  pen.beginPath();
  pen.moveTo(x(start ?? points[0].time), y(0));
  let before = 0;
  for (const { time, sum } of points) {
    pen.lineTo(x(time), y(before));
    pen.lineTo(x(time), y(sum));
    before = sum;
  }
  pen.lineTo(x(Math.max(end, points.at(-1).time)), y(before));
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
  if (!isFilled) return;
  pen.lineTo(x(end), y(0));
  pen.closePath();
  pen.globalAlpha = 0.1;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
}

/** Draws the distribution of the durations of similar runs: a dot for each run. */
export function drawSpread(canvas, { sorted, median, longest }) {
  const width = canvas.clientWidth;
  const height = 92;
  const pen = surface(canvas, width, height);
  canvas.style.width = "100%";
  const x = time => 12 + (time / Math.max(longest, 0.001)) * (width - 24);
  const stacks = new Map();
  const base = height - 22;
  for (const run of sorted) {
    const column = Math.round(x(run.duration) / 6);
    const level = stacks.get(column) ?? 0;
    stacks.set(column, level + 1);
    pen.fillStyle = colourOf(run);
    pen.globalAlpha = 0.85;
    pen.fillRect(column * 6 - 2, Math.max(6, base - 6 - level * 6), 5, 5);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colours.line;
  pen.fillRect(0, base, width, 1);
  pen.fillStyle = colours.text;
  pen.fillRect(x(median) - 1, 4, 2, base);
  pen.font = "10.5px " + colours.font;
  pen.textBaseline = "middle";
  pen.fillStyle = colours["text-3"];
  for (const time of ticksOf(0, longest, width).times) {
    const label = duration(time);
    if (x(time) + pen.measureText(label).width < width) pen.fillText(label, x(time), height - 10);
  }
}

const SIGNS = {
  input: pen => strokeLine(pen, [3, 2], colours["text-3"]),
  gap: pen => fillAll(pen, hatch(pen, colours.warning)),
  waiting: pen => fillAll(pen, hatch(pen, colours.model)),
  cancelled: pen => {
    fillAll(pen, hatch(pen, colours.cancelled));
    pen.strokeStyle = colours.cancelled;
    pen.setLineDash([3, 2]);
    pen.strokeRect(0.5, 0.5, 33, 11);
  },
  holder: pen => {
    pen.fillStyle = colours.holder;
    pen.fillRect(0, 4.5, 34, 3);
    pen.fillRect(0, 2, 1.5, 8);
    pen.fillRect(32.5, 2, 1.5, 8);
  },
  first: pen => {
    pen.fillStyle = colours.text;
    pen.fillRect(16, 0, 2, 12);
    pen.beginPath();
    pen.moveTo(12, 0);
    pen.lineTo(22, 0);
    pen.lineTo(17, 5);
    pen.fill();
  },
  path: pen => {
    pen.fillStyle = colours.accent;
    pen.fillRect(0, 8, 34, 2);
  },
  other: pen => {
    pen.strokeStyle = colours["text-3"];
    pen.strokeRect(0.5, 3.5, 33, 5);
  },
};

function fillAll(pen, style) {
  pen.fillStyle = style;
  pen.fillRect(0, 0, 34, 12);
}

function strokeLine(pen, dash, colour) {
  pen.strokeStyle = colour;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(0, 6);
  pen.lineTo(34, 6);
  pen.stroke();
}

/** Makes a sign of a legend. It is drawn later, because the theme can change. */
export function legend(name, later) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  later(() => {
    const pen = surface(canvas, 34, 12);
    if (Object.hasOwn(SIGNS, name)) SIGNS[name](pen);
    else {
      pen.fillStyle = colours[name] ?? colours.code;
      pen.fillRect(0, 1, 34, 10);
    }
  });
  return canvas;
}
