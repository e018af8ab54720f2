// Starts the page, and says which parts are drawn again after which change.

import { say } from "./clipboard.js";
import { buildHead, drawHead, drawMap, sizeColumn, updateCounter } from "./axis.js";
import { connectDetails, drawDetails } from "./details.js";
import { element, find, put } from "./dom.js";
import { drag } from "./drag.js";
import { drawFindings, markCurrent } from "./findings.js";
import { listenToKeys } from "./keyboard.js";
import { follow, showLiveState } from "./live.js";
import { build, model } from "./model.js";
import {
  chosenRow,
  clearFilters,
  foldToFirstLevel,
  readAddress,
  writeAddress,
} from "./navigation.js";
import { readColours } from "./palette.js";
import { listenToPointer } from "./pointer.js";
import { preference } from "./preference.js";
import { startPrinting } from "./printing.js";
import { read } from "./recording.js";
import { computeRows, shown } from "./rows.js";
import { markMatches } from "./search_marks.js";
import { describeSplit, isWide, startSplit } from "./split.js";
import { isSearching, on, state } from "./state.js";
import {
  drawBars,
  drawRows,
  grid,
  measure,
  scrollToRow,
  setHeight,
  size,
  updateTicks,
} from "./table.js";
import { startTheme } from "./theme.js";
import { drawTop } from "./top.js";
import { buildBar, drawBar, search } from "./toolbar.js";

// Recordings with more runs begin folded to the first level.
const UNFOLDED_RUNS = 400;

const recording = read(find("#data").textContent);
let tableDrawing = 0;
let barDrawing = 0;

const actions = { showRoot, showBase, search };

function showRoot(id) {
  state.root = id;
  rebuild();
  // A single root is shown with all that is in it.
  if (model.root && model.order.length <= UNFOLDED_RUNS) {
    for (const run of model.order) state.folded.delete(run.id);
    computeRows();
  }
  state.from = 0;
  state.to = model.length;
  if (state.chosen !== null && !model.nodes.has(state.chosen)) state.chosen = null;
  drawAll();
  writeAddress();
}

function showBase(base) {
  state.base = base;
  showRoot(state.root);
}

function rebuild() {
  build(recording, state.root, state.base);
  computeRows();
}

function drawTable() {
  cancelAnimationFrame(tableDrawing);
  tableDrawing = requestAnimationFrame(drawTableNow);
}

function drawTableNow() {
  setHeight();
  updateTicks();
  drawHead();
  drawRows(true);
}

// Zooming changes the drawings only, not the rows.
function drawBarsSoon() {
  cancelAnimationFrame(barDrawing);
  barDrawing = requestAnimationFrame(() => {
    updateTicks();
    drawHead();
    drawBars();
  });
}

function showEmptiness() {
  find(".empty")?.remove();
  if (shown.rows.length) return;
  const text =
    recording.broken ??
    (model.order.length
      ? "No step matches."
      : model.isLive
        ? "Waiting for the first run …"
        : "The recording has no runs.");
  const clear = element(
    "button.link",
    { type: "button", on: { click: clearFilters } },
    "Clear search and filters",
  );
  put(
    grid,
    element(
      "div.empty",
      null,
      element("p", null, text),
      model.order.length ? element("p", null, clear) : null,
    ),
  );
}

function remeasure() {
  readColours();
  if (measure()) buildHead();
  drawMap();
  describeSplit();
}

function drawAll() {
  drawTop(actions);
  drawFindings();
  buildBar();
  remeasure();
  showEmptiness();
  updateCounter();
  drawTableNow();
  drawDetails();
}

on("rows", () => {
  computeRows();
  showEmptiness();
  updateCounter();
  drawBar();
  drawTable();
});
on("choice", ({ isNew, again, center, scroll }) => {
  const row = chosenRow();
  find(".work").classList.toggle("open", row !== null);
  if (row && scroll !== false) scrollToRow(row, center && (isNew || again));
  if (isNew || again) drawDetails();
  markCurrent();
  drawBar();
  drawTable();
  // The details open below the table on a narrow screen, and could hide the row.
  if (row && !isWide()) requestAnimationFrame(() => scrollToRow(row));
});
on("tab", () => drawDetails());
on("text", () => markMatches());
on("view", isFinal => {
  if (isFinal && state.onlyInView) {
    computeRows();
    drawTable();
  } else {
    drawBarsSoon();
  }
  if (isFinal) writeAddress();
});
on("look", what => {
  remeasure();
  drawTableNow();
  if (what !== "theme") return;
  drawTop(actions);
  drawDetails({ keep: true });
});

function onLiveUpdate() {
  const wasAll = state.from === 0 && state.to === model.length;
  const wasAtEnd = grid.scrollTop + grid.clientHeight >= grid.scrollHeight - size.row;
  const wasOpen = isOpen(chosenRow());
  rebuild();
  state.to = wasAll ? model.length : Math.min(state.to, model.length);
  drawTop(actions);
  drawFindings();
  drawBar();
  drawMap();
  showEmptiness();
  updateCounter();
  drawTableNow();
  if (wasAtEnd && !isSearching()) grid.scrollTop = grid.scrollHeight;
  // The details of a run that has ended stay untouched, so that they can be read and selected.
  if ((wasOpen || isOpen(chosenRow())) && getSelection().isCollapsed) drawDetails({ keep: true });
}

const isOpen = row => !row || row.isGroup || row.isOpen;

function onLiveState(name) {
  showLiveState(name);
  if (name === "ended") say("The program has ended");
}

function start() {
  find("#app").hidden = false;
  startTheme();
  const width = parseFloat(preference("name-width"));
  if (width && isWide()) size.chosenName = width;
  rebuild();
  state.to = model.length;
  if (model.order.length > UNFOLDED_RUNS) foldToFirstLevel();
  // A group that is the only row would hide everything.
  const [only] = model.rows;
  if (model.rows.length === 1 && only.isGroup) {
    state.unfoldedGroups.add(only.id);
    for (const run of only.runs) if (run.children.length) state.folded.add(run.id);
  }
  computeRows();
  connectDetails(actions);
  startSplit(drag);
  drawAll();
  sizeColumn(drag);
  listenToPointer();
  listenToKeys();
  startPrinting();
  grid.addEventListener("scroll", () => drawRows(false), { passive: true });
  addEventListener("hashchange", () => readAddress(showRoot));
  let known = `${grid.clientWidth} ${grid.clientHeight}`;
  new ResizeObserver(() => {
    const now = `${grid.clientWidth} ${grid.clientHeight}`;
    if (now === known) return;
    known = now;
    remeasure();
    drawTableNow();
  }).observe(grid);
  if (location.hash.length > 1) readAddress(showRoot);
  grid.focus({ preventScroll: true });
  if (recording.live) follow(recording, { onUpdate: onLiveUpdate, onState: onLiveState });
  // The tests measure until this mark.
  performance.mark("runnable-page-ready");
}

start();
