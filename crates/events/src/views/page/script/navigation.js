// Choosing rows, folding, and the address of what is shown.

import { holderOf, model } from "./model.js";
import { canFold, computeRows, isFolded, rowsInside, shown } from "./rows.js";
import { changed, isFiltering, isSearching, state } from "./state.js";
import { isZoomed, show } from "./time_line.js";

export const chosenRow = () => model.nodes.get(state.chosen) ?? null;

/** Returns the address of a run in this page. It is a fragment, whatever the id of the run is. */
export function addressOf(run, tab) {
  const parameters = new URLSearchParams({ run: run.id });
  if (tab) parameters.set("tab", tab);
  return "#" + parameters;
}

/** Chooses a row, or nothing. `center` scrolls the row to the middle, `scroll: false` not at all. */
export function choose(row, options = {}) {
  const isNew = state.chosen !== (row ? row.id : null);
  state.chosen = row ? row.id : null;
  if (isNew) state.finding = -1;
  if (row && row.place < 0) reveal(row);
  changed("choice", { isNew, ...options });
  writeAddress();
}

// Unfolds what encloses a row. If a filter hides the row, removes all filters.
function reveal(row) {
  for (let holder = holderOf(row); holder; holder = holderOf(holder)) {
    state.folded.delete(holder.id);
    state.foldedInResults.delete(holder.id);
    if (holder.isGroup) state.unfoldedGroups.add(holder.id);
  }
  computeRows();
  if (row.place < 0) clearFilters();
  else changed("rows");
}

/** Chooses the row that is some rows further down. */
export function move(rows) {
  const { length } = shown.rows;
  if (!length) return;
  const row = chosenRow();
  const next = row && row.place >= 0 ? row.place + rows : rows > 0 ? 0 : length - 1;
  choose(shown.rows[Math.max(0, Math.min(length - 1, next))]);
}

/** Folds or unfolds a row. */
export function setFolded(row, folded) {
  if (!canFold(row) || isFolded(row) === folded) return;
  if (row.isGroup) {
    if (folded) state.unfoldedGroups.delete(row.id);
    else state.unfoldedGroups.add(row.id);
  } else {
    const set = isSearching() ? state.foldedInResults : state.folded;
    if (folded) set.add(row.id);
    else set.delete(row.id);
  }
  changed("rows");
}

/** Goes into a row: unfolds it, or chooses the first row inside it. */
export function goIn(row) {
  if (!canFold(row)) return;
  if (isFolded(row)) setFolded(row, false);
  else {
    const next = shown.rows[row.place + 1];
    if (rowsInside(row).includes(next)) choose(next);
  }
}

/** Goes out of a row: folds it, or chooses the row that contains it. */
export function goOut(row) {
  if (canFold(row) && !isFolded(row)) setFolded(row, true);
  else if (holderOf(row)) choose(holderOf(row));
}

export const isAnyFolded = () => (isSearching() ? state.foldedInResults : state.folded).size > 0;

/** Folds everything to the first level, or unfolds everything. Groups keep their state. */
export function foldAll() {
  const set = isSearching() ? state.foldedInResults : state.folded;
  if (set.size) set.clear();
  else foldToFirstLevel(set);
  const row = chosenRow();
  for (let holder = row && holderOf(row); holder; holder = holderOf(holder)) set.delete(holder.id);
  changed("rows");
}

export function foldToFirstLevel(set = state.folded) {
  for (const run of model.order) if (run.depth >= 1 && run.children.length) set.add(run.id);
}

export function clearFilters() {
  state.query = "";
  state.forms.clear();
  state.status = "all";
  state.shortest = 0;
  state.onlyInView = false;
  changed("rows");
  writeAddress();
}

/** Changes a filter, and shows the result. */
export function filter(change) {
  change();
  state.foldedInResults.clear();
  changed("rows");
  writeAddress();
}

/** Chooses the next match of the search, or the previous one. */
export function nextHit(step) {
  const { hits } = shown;
  if (!hits.length) return;
  const at = hits.indexOf(chosenRow());
  const from = at < 0 && step < 0 ? 0 : at;
  const run = hits[(from + step + hits.length) % hits.length];
  if (run.match === "input" || run.match === "output") state.tab = "io";
  else if (run.match === "events") state.tab = "events";
  else if (run.match === "error") state.tab = "overview";
  choose(run, { center: true, again: true });
}

/** Chooses the next run in `runs` after the chosen one, around the end. */
export function nextOf(runs, step = 1) {
  if (!runs.length) return;
  const row = chosenRow();
  const index = row ? (row.index ?? row.runs[0].index) : -1;
  const after =
    step > 0 ? runs.find(run => run.index > index) : runs.findLast(run => run.index < index);
  choose(after ?? runs.at(step > 0 ? 0 : -1), { center: true });
}

// The address -----------------------------------------------------------------------------------

let isReading = false;

/** Writes the state into the address of the page, so that a copied link restores it. */
export function writeAddress() {
  if (isReading) return;
  const parameters = new URLSearchParams();
  if (state.root != null) parameters.set("root", state.root);
  if (state.chosen != null) parameters.set("run", state.chosen);
  if (state.chosen != null && state.tab !== "overview") parameters.set("tab", state.tab);
  if (state.query) parameters.set("q", state.query);
  if (state.status !== "all") parameters.set("status", state.status);
  for (const form of state.forms) parameters.append("kind", form);
  if (isZoomed()) parameters.set("time", [state.from, state.to].map(t => +t.toFixed(3)).join("-"));
  const address = parameters.size ? "#" + parameters : location.pathname + location.search;
  try {
    history.replaceState(null, "", address);
  } catch {
    // Ignore the error: a sandboxed frame has no history, and the page works without it.
  }
}

/** Restores the state in the address. `chooseRoot` shows one root only. */
export function readAddress(chooseRoot) {
  const parameters = new URLSearchParams(location.hash.slice(1));
  isReading = true;
  const root = parameters.get("root");
  const row = parameters.get("run");
  // A link to a run contains no root. Keep the shown root if it contains the run.
  const keepsRoot = root === null && model.nodes.has(row);
  if (!keepsRoot && root !== state.root) chooseRoot(root);
  if (row !== null && !model.nodes.has(row)) chooseRoot(null);
  if (parameters.has("tab")) state.tab = parameters.get("tab");
  // A link to a run keeps the search and the filters unless the run is hidden by them.
  const isBare = [...parameters.keys()].every(key => key === "run" || key === "tab");
  if (!isBare) {
    state.query = (parameters.get("q") ?? "").toLowerCase();
    state.status = parameters.get("status") ?? "all";
    state.forms = new Set(parameters.getAll("kind"));
    changed("rows");
  }
  const time = /^([\d.]+)-([\d.]+)$/.exec(parameters.get("time") ?? "");
  if (time) show(Number(time[1]), Number(time[2]));
  const found = model.nodes.get(row);
  if (found) choose(found, { center: true, again: true });
  isReading = false;
}

/** Returns `true` if something is filtered or zoomed, so that Escape has something to undo. */
export const canReset = () => isFiltering() || isZoomed();
