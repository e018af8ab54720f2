// The selection and the settings of the reader, and the functions that are called when they change.

import { preference } from "./preference.js";

export const state = {
  // The row that is chosen: the id of a run or of a group.
  chosen: null,
  tab: preference("tab") || "overview",
  // Search and filters.
  query: "",
  forms: new Set(),
  status: "all",
  shortest: 0,
  onlyInView: false,
  // Rows that are folded, and rows that are unfolded although they begin folded.
  folded: new Set(),
  foldedInResults: new Set(),
  unfoldedGroups: new Set(),
  // The part of the time line that is shown, in milliseconds.
  from: 0,
  to: 1,
  // Which critical path is drawn: `none`, `end` or `first`.
  path: preference("path") || "none",
  finding: -1,
  root: null,
  base: null,
};

const listeners = new Map();

/**
 * Calls a function after each change of one part of the state: `rows` (filters and folding),
 * `choice`, `tab`, `view` (the shown time), `look` (theme and sizes) or `data`.
 */
export function on(part, listener) {
  if (!listeners.has(part)) listeners.set(part, []);
  listeners.get(part).push(listener);
}

/** Reports a change of one part of the state. */
export function changed(part, detail) {
  for (const listener of listeners.get(part) ?? []) listener(detail);
}

export const isSearching = () =>
  state.query !== "" || state.forms.size > 0 || state.status !== "all";

export const isFiltering = () => isSearching() || state.shortest > 0 || state.onlyInView;
