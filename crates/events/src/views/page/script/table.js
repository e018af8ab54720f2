// The table: one row for each run that is shown, with its name, numbers and bars.
//
// Only the rows in sight exist as elements. Rows that leave the view are used again.

import { drawRow, noteOf } from "./bars.js";
import { element, fill, find, icon } from "./dom.js";
import { clamp, count, difference, duration, money, plural, short } from "./format.js";
import { iconOf, nameOfForm, placeOf } from "./kind.js";
import { model } from "./model.js";
import { canFold, isFolded, shown } from "./rows.js";
import { state } from "./state.js";
import { line, ticksOf } from "./time_line.js";

export const grid = find(".grid");
export const body = find(".rows");
export const HEAD = 62;

/** The sizes of the table in pixels. */
export const size = { row: 27, name: 0, columns: [], isNarrow: false, chosenName: null };

const SPARE = 8;
const live = new Map();
const spare = [];
let ticks = [];

/** Computes the widths of the columns. Returns `true` if the columns have changed. */
export function measure() {
  const width = grid.clientWidth;
  const style = getComputedStyle(document.documentElement);
  size.row = parseFloat(style.getPropertyValue("--row")) + (model.before ? 8 : 0);
  size.isNarrow = width < 560;
  const columns = columnsFor(width);
  const taken = columns.reduce((sum, column) => sum + column.width, 0);
  const usual = size.isNarrow
    ? Math.round(width * 0.48)
    : clamp(Math.round(width * 0.33), 230, 400);
  size.name = clamp(size.chosenName ?? usual, 110, Math.max(110, width - taken - 90));
  line.width = Math.max(60, width - size.name - taken - 1);
  const indent = (size.name - 110) / Math.max(1, model.deepest);
  const set = (name, value) => document.documentElement.style.setProperty(name, value);
  set("--name-width", size.name + "px");
  set("--columns", columns.map(column => column.width + "px").join(" "));
  set("--indent", clamp(indent, 3, size.isNarrow ? 9 : 14) + "px");
  set("--row-height", size.row + "px");
  const areNew =
    columns.map(({ title }) => title).join() !== size.columns.map(({ title }) => title).join();
  size.columns = columns;
  if (areNew) {
    for (const row of [...live.values(), ...spare]) row.remove();
    live.clear();
    spare.length = 0;
  }
  return areNew;
}

const TIME = {
  title: "Time",
  width: 66,
  text: row => duration(row.isGroup ? row.end - row.start : row.duration),
};
const CHANGE = { title: "Change", width: 74, text: changeOf };
const TOKENS = { title: "Tokens", width: 66, text: tokensOf };
const COST = { title: "Cost", width: 78, text: row => money(row.totals) };

function columnsFor(width) {
  if (width < 560) return model.before ? [{ ...CHANGE, width: 66 }] : [{ ...TIME, width: 58 }];
  const columns = model.before ? [TIME, CHANGE] : [TIME];
  columns.push(TOKENS);
  if (width >= 900) columns.push(COST);
  return columns;
}

function tokensOf(row) {
  const tokens = row.totals.input + row.totals.output;
  return tokens ? short(tokens) : "";
}

function changeOf(row) {
  if (row.isGroup || row.isGone || !row.other) return "";
  const change = difference(row.duration - row.other.duration);
  return change === "0" ? "" : change;
}

function makeRow() {
  const guides = element("span.guides");
  const toggle = element("span.toggle", null, icon("chevron"));
  const kind = icon("other", "Step");
  const name = element("span.name");
  const place = element("span.place");
  const states = element("span.states");
  const canvas = element("canvas");
  const spoken = element("span.unseen");
  const cells = size.columns.map(() => element("div.number", { role: "gridcell" }));
  const row = element(
    "div.row",
    { role: "row" },
    element("div.step", { role: "rowheader" }, guides, toggle, kind, name, place, states),
    cells,
    element("div.bars", { role: "gridcell" }, canvas, spoken),
  );
  row.parts = { guides, toggle, kind, name, place, states, canvas, spoken, cells };
  return row;
}

/** Returns the times and the state of a row as text for assistive software, which cannot read a
 * canvas. */
function wordsFor(row) {
  if (row.isGroup) {
    const { median, longest } = row.spread;
    return `${plural(row.runs.length, "run")}, median ${duration(median)}, slowest ${duration(longest)}`;
  }
  const words = [`starts at ${duration(row.start)}`, `takes ${duration(row.duration)}`];
  if (row.first != null && row.chunks) {
    words.push(
      `first chunk after ${duration(row.first - row.start)}`,
      plural(row.chunkCount, "chunk"),
    );
  }
  if (row.status !== "ok") words.push(row.status);
  if (row.changes?.length) words.push("differs: " + row.changes.join(", "));
  return words.join(", ");
}

function fillRow(made, row) {
  const { parts } = made;
  made.shows = row;
  made.id = "row-" + row.place;
  made.className = classesOf(row);
  const set = (name, value) => made.setAttribute(name, value);
  set("aria-level", row.level + 1);
  set("aria-rowindex", row.place + 2);
  set("aria-selected", row.id === state.chosen);
  if (canFold(row)) set("aria-expanded", !isFolded(row));
  else made.removeAttribute("aria-expanded");
  parts.guides.style.width = `calc(var(--indent) * ${row.level})`;
  parts.toggle.className = canFold(row) ? "toggle" : "toggle none";
  parts.kind.setAttribute("class", `icon of-${row.isGroup ? "holder" : row.family}`);
  parts.kind.setAttribute("aria-label", row.isGroup ? "Group" : nameOfForm(row.form));
  parts.kind.firstChild.setAttribute("href", "#icon-" + (row.isGroup ? "stack" : iconOf(row.form)));
  const name = row.isGroup ? `${count(row.runs.length)} × ${row.name}` : row.name;
  parts.name.textContent = name;
  parts.name.title = name;
  const place = row.isGroup ? noteOf(row) : placeOf(row);
  parts.place.textContent =
    size.isNarrow && !row.isGroup && !place.includes("attempt") ? "" : place;
  fill(parts.states, ...statesOf(row));
  parts.cells.forEach((cell, index) => {
    cell.textContent = size.columns[index].text(row);
  });
  parts.spoken.textContent = wordsFor(row);
  drawRow(parts.canvas, row, line.width, size.row, ticks);
}

function classesOf(row) {
  const classes = ["row"];
  if (row.isGroup) classes.push("holder", "group");
  else {
    if (row.family === "holder") classes.push("holder");
    if (row.status === "error" && !row.isGone) classes.push("error");
    if (row.status === "cancelled") classes.push("cancelled");
    if (row.isGone) classes.push("gone");
    if (!row.isHit) classes.push("beside");
  }
  if (row.id === state.chosen) classes.push("chosen");
  return classes.join(" ");
}

function* statesOf(row) {
  const mark = (name, symbol, label) => {
    const made = icon(symbol, label);
    made.classList.add(name);
    return made;
  };
  if (state.query && row.match) yield element("span.match", null, row.match);
  const own = row.status === "error" ? 1 : 0;
  const inside = row.totals.errors - own;
  if (isFolded(row) && inside > 0)
    yield element("span.errors", { title: "errors inside" }, "✕ " + count(inside));
  if (row.isGroup) return;
  if (isFolded(row) && canFold(row) && !size.isNarrow)
    yield element("span.inner", null, "+" + count(row.totals.runs - 1));
  if (row.changes?.length) yield changesMark(row);
  if (row.flags.length && row.status !== "error") {
    yield mark("flag", "warning", "has a finding: " + row.flags[0].title);
  }
  if (row.isGone) return;
  if (row.status === "error") yield mark("failed", "error", "error");
  if (row.status === "cancelled") yield mark("stopped", "ban", "cancelled");
  if (row.status === "running" && model.isLive) yield element("span.pulse", { title: "running" });
}

function changesMark(row) {
  const [first, ...more] = row.changes;
  const text = first + (more.length ? ` +${more.length}` : "");
  const title = "Differs from the other recording: " + row.changes.join(", ");
  return element("span.change", { title }, size.isNarrow ? icon("compare", title) : text);
}

/** Draws the rows in sight: those that are new, or all of them again. */
export function drawRows(all) {
  const top = grid.scrollTop;
  const room = grid.clientHeight - HEAD;
  const first = Math.max(0, Math.floor(top / size.row) - SPARE);
  const end = Math.min(shown.rows.length, Math.ceil((top + room) / size.row) + SPARE);
  for (const [place, made] of live) {
    if (place < first || place >= end) {
      live.delete(place);
      spare.push(made);
    }
  }
  for (let place = first; place < end; place++) {
    const known = live.get(place);
    if (known && !all) continue;
    const made = known ?? spare.pop() ?? makeRow();
    live.set(place, made);
    made.style.top = place * size.row + "px";
    fillRow(made, shown.rows[place]);
    if (!made.isConnected) body.append(made);
  }
  for (const made of spare) made.remove();
  spare.length = Math.min(spare.length, 80);
  const row = model.nodes.get(state.chosen);
  if (row && row.place >= first && row.place < end) {
    grid.setAttribute("aria-activedescendant", "row-" + row.place);
  } else {
    grid.removeAttribute("aria-activedescendant");
  }
}

/** Draws only the bars again, as after a zoom, which changes nothing else in the rows. */
export function drawBars() {
  for (const made of live.values()) {
    drawRow(made.parts.canvas, made.shows, line.width, size.row, ticks);
  }
}

export function updateTicks() {
  ticks = ticksOf(state.from, state.to, line.width).times;
}

/** Sets the height of all rows together. */
export function setHeight() {
  body.style.height = shown.rows.length * size.row + "px";
  grid.setAttribute("aria-rowcount", shown.rows.length + 1);
}

/** Scrolls until a row is in sight, or to the middle. */
export function scrollToRow(row, center) {
  if (!row || row.place < 0) return;
  setHeight();
  const y = row.place * size.row;
  const room = grid.clientHeight - HEAD;
  if (center) grid.scrollTop = y - room / 2;
  else if (y < grid.scrollTop) grid.scrollTop = y - size.row;
  else if (y + size.row > grid.scrollTop + room) grid.scrollTop = y + 2 * size.row - room;
}

/** Returns the number of rows that fit into the table, less one. */
export const pageOfRows = () => Math.max(1, Math.floor((grid.clientHeight - HEAD) / size.row) - 1);
