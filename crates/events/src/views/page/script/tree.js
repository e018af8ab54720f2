// Builds the tree of runs from the runs of a recording.

import { familyOf, formOf } from "./kind.js";

const STATUSES = new Set(["ok", "error", "cancelled", "running"]);
const text = value => (value == null ? "" : String(value));
const number = value => (Number.isFinite(value) ? value : null);

/**
 * Returns the roots, and all runs in the order of the tree.
 *
 * A run is a child although its parent comes later in the list. A run whose parent is missing is a
 * root. Children keep the order of the list.
 */
export function treeOf(rawRuns) {
  const byId = new Map();
  const all = rawRuns.map((raw, index) => {
    // An id that is missing or taken gets a number, so that each run can be chosen.
    let id = text(raw.id) || `run ${index + 1}`;
    if (byId.has(id)) id += ` (${index + 1})`;
    const run = { raw, id, children: [], parent: null, flags: [] };
    byId.set(id, run);
    return run;
  });
  for (const run of all) {
    const parent = run.raw.parent != null ? byId.get(text(run.raw.parent)) : null;
    if (parent && parent !== run) {
      run.parent = parent;
      parent.children.push(run);
    }
  }
  const order = ordered(all.filter(run => !run.parent));
  if (order.length < all.length) {
    // Runs that are their own ancestors cannot be reached from a root. One run of each cycle
    // becomes a root.
    const reached = new Set(order);
    for (const run of all) {
      if (reached.has(run)) continue;
      run.parent.children.splice(run.parent.children.indexOf(run), 1);
      run.parent = null;
      for (const found of ordered([run])) {
        reached.add(found);
        order.push(found);
      }
    }
  }
  for (const run of order) describe(run);
  for (let index = order.length; index--;) classify(order[index]);
  return { roots: order.filter(run => !run.parent), order, byId };
}

// Do not use recursion, because a recording can be deeper than the stack.
function ordered(roots) {
  const order = [];
  const stack = roots.slice().reverse();
  while (stack.length) {
    const run = stack.pop();
    order.push(run);
    for (let index = run.children.length; index--;) stack.push(run.children[index]);
  }
  return order;
}

function describe(run) {
  const { raw } = run;
  run.name = text(raw.name) || "(without a name)";
  run.root = run.parent ? run.parent.root : run;
  run.depth = run.parent ? run.parent.depth + 1 : 0;
  run.position = text(raw.position);
  run.attempt = number(raw.attempt);
  run.item = number(raw.item);
  run.tags = Array.isArray(raw.tags) ? raw.tags.map(text) : [];
  run.model = text(raw.model);
  run.isOpen = number(raw.end) == null;
  run.status = STATUSES.has(raw.status) ? raw.status : run.isOpen ? "running" : "ok";
  const at = Array.isArray(raw.chunks?.at) ? raw.chunks.at : [];
  // A recorder can count chunks without storing them.
  run.chunkCount = number(raw.chunks?.count) ?? at.length;
  run.chunks = run.chunkCount ? { ...raw.chunks, at } : null;
}

function classify(run) {
  run.form = formOf(run.raw, run.children);
  run.family = familyOf(run.form);
  // Only a run that contains other runs is drawn as a bracket.
  if (run.family === "holder" && !run.children.length) run.family = "code";
  // The first attempt is called an attempt only if there was a second one.
  for (const child of run.children) {
    if (child.attempt > 1) {
      const first = run.children.find(
        other => other.attempt === 1 && other.name === child.name && other.form === child.form,
      );
      if (first) first.triedAgain = true;
    }
  }
}

/**
 * Sets the times of runs in milliseconds on the time line. `shiftOf` returns what a root adds to the
 * times of the recording. A run without an end ends at `now`, or at the last event of its root.
 */
export function setTimes(order, shiftOf, now) {
  const latest = new Map();
  for (const run of order) {
    const { start, first, end } = run.raw;
    const times = [start, first, end, run.chunks?.at.at(-1)].map(time => number(time) ?? 0);
    latest.set(run.root, Math.max(latest.get(run.root) ?? 0, ...times));
  }
  for (const run of order) {
    const shift = shiftOf(run.root);
    run.shift = shift;
    run.start = shift + (number(run.raw.start) ?? 0);
    const first = number(run.raw.first);
    run.first = first == null ? null : shift + first;
    const end = run.isOpen ? shift + (now ?? latest.get(run.root)) : shift + run.raw.end;
    const isCut = run.isOpen && run.parent && !run.parent.isOpen;
    run.end = Math.max(run.start, isCut ? Math.min(end, run.parent.end) : end);
    run.duration = run.end - run.start;
  }
}
