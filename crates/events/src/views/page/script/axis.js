// The head of the table: the titles of the columns, a map of the whole time line, and its scale.

import { element, find, fill } from "./dom.js";
import { clamp, count, plural } from "./format.js";
import { model } from "./model.js";
import { clearFilters } from "./navigation.js";
import { colourOf, colours, surface } from "./palette.js";
import { prefer } from "./preference.js";
import { shown } from "./rows.js";
import { changed, isFiltering, isSearching, state } from "./state.js";
import { grid, HEAD, measure, size } from "./table.js";
import { isZoomed, line, MARGIN, showAll, tickLabel, ticksOf, toPixels } from "./time_line.js";

/** The height of the map in pixels. */
export const MAP = 30;

const head = find(".head");
const counter = element("span.counter", { role: "status" });
const map = element("canvas");
const scale = element("canvas", { css: { top: MAP + "px" } });
const all = document.createElement("canvas");
const handle = element("div.handle", {
  role: "separator",
  tabindex: "0",
  "aria-orientation": "vertical",
  "aria-label": "Width of the step column",
  title: "Width of the step column  (← →)",
});
const showAllButton = element(
  "button.button.show-all",
  {
    type: "button",
    hidden: true,
    title: "Show all of the time line  (0)",
    on: { click: showAll, pointerdown: event => event.stopPropagation() },
  },
  "Show all",
);

export const brush = element("div.brush");
export const axis = element("div.axis", { role: "columnheader" });

/** Builds the head again after the columns have changed. */
export function buildHead() {
  const title = (...content) => element("div", { role: "columnheader" }, content);
  head.replaceChildren(
    title(counter, "Step", handle),
    ...size.columns.map(column => element("div.number", { role: "columnheader" }, column.title)),
    axis,
  );
  fill(axis, element("span.unseen", null, "Time line"), map, scale, brush, showAllButton);
}

/** Draws the map of all runs, which stays the same until the runs or the sizes change. */
export function drawMap() {
  const pen = surface(all, line.width, MAP);
  const room = MAP - 6;
  const { length } = model.order;
  for (const run of model.order) {
    if (run.isGone) continue;
    const left = toPixels(run.start, line.width, 0, model.length);
    const right = toPixels(run.end, line.width, 0, model.length);
    pen.fillStyle = colourOf(run);
    pen.globalAlpha = run.family === "holder" ? 0.45 : 1;
    const top = 3 + (run.index / length) * room;
    pen.fillRect(left, top, Math.max(1, right - left), clamp(room / length, 1, 2));
  }
}

/** Draws the head: the part of the map that is shown, and the ticks of the time line. */
export function drawHead() {
  drawWindow(surface(map, line.width, MAP));
  drawScale(surface(scale, line.width, HEAD - MAP));
  showAllButton.hidden = !isZoomed();
  handle.setAttribute("aria-valuenow", Math.round(size.name));
  handle.setAttribute("aria-valuemin", 110);
  handle.setAttribute("aria-valuemax", Math.max(110, grid.clientWidth - 160));
}

function drawWindow(pen) {
  const { width } = line;
  pen.fillStyle = colours["bg-2"];
  pen.fillRect(0, 0, width, MAP);
  pen.drawImage(all, 0, 0, width, MAP);
  if (isZoomed()) {
    const left = toPixels(state.from, width, 0, model.length);
    const right = toPixels(state.to, width, 0, model.length);
    pen.fillStyle = colours["bg-3"];
    pen.globalAlpha = 0.72;
    pen.fillRect(0, 0, left, MAP);
    pen.fillRect(right, 0, width - right, MAP);
    pen.globalAlpha = 1;
    pen.fillStyle = colours.accent;
    pen.fillRect(left - 1, 0, 2, MAP);
    pen.fillRect(right - 1, 0, 2, MAP);
    pen.fillRect(left, 0, right - left, 1.5);
  }
  pen.fillStyle = colours.line;
  pen.fillRect(0, MAP - 1, width, 1);
}

function drawScale(pen) {
  const { width } = line;
  const { times, step } = ticksOf(state.from, state.to, width);
  pen.font = "11px " + colours.font;
  pen.textBaseline = "middle";
  for (const time of times) {
    const x = Math.round(toPixels(time));
    const label = tickLabel(time, step);
    pen.fillStyle = colours.line;
    pen.fillRect(x, 18, 1, 14);
    pen.fillStyle = colours["text-3"];
    if (x + 4 + pen.measureText(label).width < width) pen.fillText(label, x + 4, 21);
  }
  const row = model.nodes.get(state.chosen);
  if (!row) return;
  const [left, right] = [row.start, row.end].map(time => clamp(toPixels(time), 0, width));
  pen.fillStyle = colours.accent;
  pen.fillRect(left, HEAD - MAP - 3, Math.max(2, right - left), 2);
}

/** Shows the number of visible steps. */
export function updateCounter() {
  const steps = plural(model.order.length, "step");
  const number = isSearching() ? shown.hits.length : shown.rows.length;
  const isPart = isFiltering() || number < model.order.length;
  const text = isSearching()
    ? `${count(number)} of ${steps}`
    : isPart
      ? `${plural(number, "row")}, ${steps}`
      : steps;
  const clear = element("button.link", { type: "button", on: { click: clearFilters } }, "Clear");
  fill(counter, text, isFiltering() ? [" · ", clear] : null);
}

/** Makes the width of the name column adjustable with the pointer and with the arrow keys. */
export function sizeColumn(drag) {
  const resize = width => {
    size.chosenName = clamp(width, 110, Math.max(110, grid.clientWidth - 160));
    measure();
    changed("look");
  };
  const keep = () => prefer("name-width", Math.round(size.chosenName));
  drag(handle, { start: () => size.name, move: (x, from) => resize(from + x), end: keep });
  handle.addEventListener("keydown", event => {
    const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      resize(size.name + step);
      keep();
    } else {
      size.chosenName = null;
      prefer("name-width", null);
      measure();
      changed("look");
    }
  });
}
