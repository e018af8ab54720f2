// The critical paths of a root: the runs on which its end depends, and those on which its first
// chunk depends. A step outside a path does not make the path shorter if it becomes faster.

import { stepBefore } from "./totals.js";

// Times are rounded, so that a step can seem to start before the chunk that it received.
const TOLERANCE = 0.05;

/** Sets the parts of the time of each run that are on the path to the end, and to the first chunk. */
export function setCriticalPaths(roots, order) {
  for (const run of order) run.paths = { end: [], first: [] };
  for (const root of roots) {
    walkBack(root, root.end, "end");
    if (root.first != null) walkBack(root, root.first, "first");
  }
}

/** Returns how much time of a run is on a path. */
export function timeOnPath(run, path) {
  return run.paths[path].reduce((sum, [from, to]) => sum + to - from, 0);
}

// Goes back in time from `until`. A parent has waited for the child that was ready last. The time
// between children is the own time of the parent.
function walkBack(root, until, path) {
  const pending = [{ run: root, to: until, from: root.start }];
  while (pending.length) {
    const { run, to, from } = pending.pop();
    let time = Math.min(run.end, to);
    let left = run.children.filter(child => !child.isGone && child.end > child.start);
    while (time > from) {
      left = left.filter(child => child.start < time);
      const last = lastReady(left, time);
      if (!last) break;
      const { child, at } = last;
      if (time > at) run.paths[path].push([Math.max(at, from), time]);
      const begin = beginOf(child, at, path);
      pending.push({ run: child, to: at, from: Math.max(begin, from) });
      left.splice(left.indexOf(child), 1);
      time = begin;
    }
    if (time > from) run.paths[path].push([from, time]);
  }
}

// A child is ready when it ends. If the child is still running, its parent has received only its
// first chunk, so the child is ready at that time.
function lastReady(children, time) {
  let last = null;
  for (const child of children) {
    const ready = child.end <= time + TOLERANCE ? child.end : child.first;
    if (ready === null || ready > time + TOLERANCE) continue;
    const at = Math.min(ready, time);
    if (at > child.start && (!last || at > last.at)) last = { child, at };
  }
  return last;
}

// A step of a sequence runs at the same time as the step before it. Until the earlier step ends,
// the end of the sequence waits for the earlier step. The first chunk waits for the later step if
// that step collects its input.
function beginOf(child, at, path) {
  const before = path === "end" ? stepBefore(child) : null;
  return before && before.end > child.start && before.end <= at ? before.end : child.start;
}
