// The data that the page shows, derived from the recording: the tree, times, totals, paths, groups.

import { addGone, firstDifference, pairRuns, setChanges } from "./compare.js";
import { setCriticalPaths } from "./critical_path.js";
import { grouped } from "./groups.js";
import { setTimes, treeOf } from "./tree.js";
import { setTotals, sumOf } from "./totals.js";

// One object for the whole page. `build` replaces its fields when the recording grows, when one root
// is chosen, and when the time line changes.
export const model = {
  recording: null,
  allRoots: [],
  roots: [],
  order: [],
  nodes: new Map(),
  findings: [],
  length: 1,
  deepest: 0,
};

/**
 * Builds the model. `rootId` is the root to show, or `null` for all. `base` is `clock` if roots are
 * placed at their wall time, and `start` if the time line begins at the start of each root.
 */
export function build(recording, rootId, base) {
  const tree = treeOf(recording.runs);
  const root = tree.roots.find(run => run.id === rootId) ?? null;
  const before = recording.before ? treeOf(recording.before.runs) : null;
  model.recording = recording;
  model.root = root;
  model.before = before;
  model.base = before ? "start" : (base ?? usualBase(tree.roots));
  model.length = placeInTime(tree, before, root);
  model.isLive = Boolean(recording.live);
  tree.order.forEach((run, index) => {
    run.index = index;
  });
  let roots = tree.roots;
  if (before) {
    pairRuns(tree.roots, before, recording.before.pairs, tree.byId);
    setTotals(before.order);
    if (!root) roots = addGone(roots, before);
  }
  model.allRoots = tree.roots;
  model.roots = root ? [root] : roots;
  model.order = walk(model.roots);
  setTotals(model.order);
  setCriticalPaths(
    model.roots.filter(run => !run.isGone),
    model.order,
  );
  model.totals = sumOf(model.roots.filter(run => !run.isGone));
  addFindings(recording.findings, tree.byId);
  if (before) {
    setChanges(model.order);
    addFirstDifference();
  }
  addGroups();
}

function walk(roots) {
  const order = [];
  const stack = roots.slice().reverse();
  model.deepest = 0;
  while (stack.length) {
    const run = stack.pop();
    run.index = order.length;
    run.depth = run.parent ? run.parent.depth + 1 : 0;
    model.deepest = Math.max(model.deepest, run.depth);
    order.push(run);
    for (let index = run.children.length; index--;) stack.push(run.children[index]);
  }
  // The number of runs in a subtree, which is one slice of the order.
  for (let index = order.length; index--;) {
    const run = order[index];
    run.size = run.children.reduce((sum, child) => sum + child.size, 1);
  }
  return order;
}

// Roots that ran at about the same time, such as the items of a batch, stay at their times. If
// calls are hours apart, their bars would be too small to see, so each of them starts at 0.
function usualBase(roots) {
  const starts = roots.map(root => root.raw.start ?? 0);
  const ends = roots.map((root, index) => Math.max(starts[index], root.raw.end ?? 0));
  const span = Math.max(...ends) - Math.min(...starts);
  const busy = ends.reduce((sum, end, index) => sum + end - starts[index], 0);
  return roots.length > 1 && span <= Math.max(1000, 3 * busy) ? "clock" : "start";
}

function placeInTime(tree, before, root) {
  const shown = root ? [root] : tree.roots;
  const startOf = run => (Number.isFinite(run.raw.start) ? run.raw.start : 0);
  const first = Math.min(...shown.map(startOf));
  const shiftOf = run => -(model.base === "clock" ? first : startOf(run));
  setTimes(tree.order, shiftOf, model.recording.now ?? null);
  if (before) setTimes(before.order, run => -startOf(run), null);
  const ends = [...shown, ...(before?.roots ?? [])].map(run => run.end);
  return ends.reduce((a, b) => Math.max(a, b), 0) || 1;
}

/** Returns the wall time at which a run started in milliseconds since 1970, if it is known. */
export function startedAt(run) {
  const { at } = model.recording;
  return Number.isFinite(at) && Number.isFinite(run.raw.start) ? at + run.raw.start : null;
}

function addFindings(findings, byId) {
  model.findings = findings
    .map(finding => ({ ...finding, run: byId.get(String(finding.run)) ?? null }))
    .filter(finding => !model.root || !finding.run || finding.run.root === model.root);
  for (const finding of model.findings) finding.run?.flags.push(finding);
}

function addFirstDifference() {
  const run = firstDifference(model.order);
  model.difference = run;
  model.changed = model.order.filter(other => other.changes.length);
}

function addGroups() {
  model.nodes = new Map(model.order.map(run => [run.id, run]));
  model.rows = grouped(model.roots, null);
  for (const run of model.order) run.rows = grouped(run.children, run);
  for (const rows of [model.rows, ...model.order.map(run => run.rows)]) {
    for (const row of rows) {
      if (!row.isGroup) continue;
      model.nodes.set(row.id, row);
      for (const run of row.runs) run.group = row;
    }
  }
}

/** Returns the run or the group in whose row another row is folded. */
export function holderOf(row) {
  return row.group ?? row.parent;
}
