// Which rows the table shows: the result of search, filters and folding.

import { model } from "./model.js";
import { finder } from "./payload.js";
import { isSearching, state } from "./state.js";

/** The rows that are shown, from top to bottom, and the runs that match the search. */
export const shown = { rows: [], hits: [], hidden: 0 };

const STATUS = {
  all: () => true,
  error: run => run.status === "error",
  cancelled: run => run.status === "cancelled",
  running: run => run.status === "running",
  finding: run => run.flags.length > 0,
  changed: run => run.changes?.length > 0,
};

/** Returns `true` if the rows inside a row are not shown. */
export function isFolded(row) {
  if (row.isGroup) return !state.unfoldedGroups.has(row.id);
  return (isSearching() ? state.foldedInResults : state.folded).has(row.id);
}

export const canFold = row => (row.isGroup ? row.runs : row.children).length > 0;

export const rowsInside = row => (row.isGroup ? row.runs : row.rows);

// Returns where a run contains the text: in its name or another field (''), or in `input`, `output`
// or `error`. Returns `null` if it does not contain the text.
function placeOfMatch(run, query, contains) {
  const has = text => text != null && String(text).toLowerCase().includes(query);
  const { raw } = run;
  if (has(run.name)) return "";
  const { error } = raw;
  if (error && [error.message, error.kind, ...(error.causes ?? [])].some(has)) return "error";
  if (contains(raw.input)) return "input";
  if (contains(raw.output)) return "output";
  if (contains(raw.custom)) return "events";
  const { position, model: name, tags, id } = run;
  if ([position, name, id, ...tags].some(has) || contains(raw.metadata)) return "";
  return null;
}

/** Works out the rows. */
export function computeRows() {
  const { query } = state;
  const searching = isSearching();
  const contains = query ? finder(query) : null;
  const keep = new Set();
  shown.hits = [];
  for (const run of model.order) {
    const fits =
      (!state.forms.size || state.forms.has(run.form)) && (STATUS[state.status] ?? STATUS.all)(run);
    run.match = fits && query ? placeOfMatch(run, query, contains) : null;
    run.isHit = fits && (!query || run.match !== null);
    if (!run.isHit || isTooShort(run) || isOutOfView(run)) continue;
    if (searching) shown.hits.push(run);
    // An ancestor of a row that is shown is shown too, so that the tree stays a tree.
    for (let row = run; row && !keep.has(row); row = row.parent) keep.add(row);
  }
  shown.rows = [];
  const visit = (row, level) => {
    row.level = level;
    row.place = shown.rows.length;
    shown.rows.push(row);
    if (isFolded(row)) return;
    for (const inside of rowsInside(row)) if (isKept(inside)) visit(inside, level + 1);
  };
  const isKept = row => (row.isGroup ? row.runs.some(run => keep.has(run)) : keep.has(row));
  for (const row of model.nodes.values()) row.place = -1;
  for (const row of model.rows) if (isKept(row)) visit(row, 0);
  shown.hidden = model.order.length - keep.size;
}

function isTooShort(run) {
  return run.duration < state.shortest && run.status === "ok" && !run.flags.length && run.parent;
}

function isOutOfView(run) {
  return state.onlyInView && (run.end < state.from || run.start > state.to);
}
