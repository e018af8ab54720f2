// Compares two recordings: which run of one belongs to which run of the other, and what differs.

import { isEqual } from "./payload.js";

/**
 * Sets `other` of the runs of two trees. `pairs` are pairs of ids, if the file has them. Otherwise,
 * runs belong together if their parents do, and they have the same name, kind and position.
 */
export function pairRuns(roots, before, pairs, byId) {
  if (pairs) {
    for (const [id, otherId] of pairs) {
      pair(byId.get(String(id)), before.byId.get(String(otherId)));
    }
    return;
  }
  const pending = [[roots, before.roots]];
  while (pending.length) {
    const [runs, others] = pending.pop();
    for (const [run, other] of aligned(runs, others)) {
      pair(run, other);
      pending.push([run.children, other.children]);
    }
  }
}

function pair(run, other) {
  if (!run || !other) return;
  run.other = other;
  other.other = run;
}

const exact = run => [run.form, run.name, run.position, run.item, run.attempt].join("\u0000");
const loose = run => [run.form, run.name].join("\u0000");

// First the runs that agree in everything, in their order. Then those that agree in name and kind, as
// after a step was inserted before them.
function aligned(runs, others) {
  const found = [];
  const open = new Set(others);
  const left = [];
  for (const key of [exact, loose]) {
    const waiting = new Map();
    for (const other of open) {
      const name = key(other);
      if (!waiting.has(name)) waiting.set(name, []);
      waiting.get(name).push(other);
    }
    for (const run of key === exact ? runs : left.splice(0)) {
      const other = waiting.get(key(run))?.shift();
      if (other) {
        open.delete(other);
        found.push([run, other]);
      } else {
        left.push(run);
      }
    }
  }
  // Two single roots are compared even if the chain was renamed.
  if (!found.length && runs.length === 1 && others.length === 1) found.push([runs[0], others[0]]);
  return found;
}

/**
 * Adds the runs that are only in the other recording to the tree, at their position. They are
 * `isGone`: sums do not include them.
 */
export function addGone(roots, before) {
  const result = roots.slice();
  for (const other of before.order) {
    if (other.other) continue;
    other.isGone = true;
    other.children = other.children.filter(child => !child.other);
    // A run whose parent is added, too, is added with the parent.
    if (other.parent?.isGone) continue;
    const parent = other.parent?.other ?? null;
    const siblings = parent ? parent.children : result;
    const previous = siblingBefore(other, before);
    siblings.splice(previous ? siblings.indexOf(previous) + 1 : 0, 0, other);
    other.newParent = parent;
  }
  for (const other of before.order) if ("newParent" in other) other.parent = other.newParent;
  return result;
}

function siblingBefore(other, before) {
  const siblings = other.parent ? other.parent.children : before.roots;
  for (let index = siblings.indexOf(other) - 1; index >= 0; index--) {
    const sibling = siblings[index];
    if (sibling.isGone) return sibling;
    if (sibling.other) return sibling.other;
  }
  return null;
}

/** Sets `changes` of all runs: the names of the differences from the other recording. */
export function setChanges(order) {
  for (const run of order) run.changes = changesOf(run);
}

function changesOf(run) {
  if (run.isGone) return ["only before"];
  const { other } = run;
  if (!other) return ["new"];
  const changes = [];
  if (run.status !== other.status) changes.push("status");
  if (run.name !== other.name) changes.push("name");
  if (run.model !== other.model) changes.push("model");
  if (!isEqual(run.raw.input, other.raw.input)) changes.push("input");
  if (!isEqual(run.raw.output, other.raw.output)) changes.push("output");
  return changes;
}

/**
 * Returns the first run in time whose own behaviour differs between the recordings. A run with a
 * changed input only passes on an earlier change. A run that contains other runs differs if one of
 * these differs, so the runs inside it have priority.
 */
export function firstDifference(order) {
  const differs = run => run.changes.some(change => change !== "input");
  const inside = run => run.children.some(child => child.changes.length);
  const candidates = order.filter(run => differs(run) && !inside(run));
  const origins = candidates.filter(run => !run.changes.includes("input"));
  const earliest = runs => runs.reduce((a, b) => (b.start < a.start ? b : a));
  if (origins.length) return earliest(origins);
  if (candidates.length) return earliest(candidates);
  const inputs = order.filter(run => run.changes.length);
  return inputs.length ? earliest(inputs) : null;
}
