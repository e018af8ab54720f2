// Similar siblings, such as the 141 items of a batch, which the table shows as one row.

import { spread, sumOf } from "./totals.js";

/** The minimum number of similar siblings that become a group. */
export const LEAST = 8;

// Names that differ only in their numbers are similar: `case-001` and `case-002`.
const pattern = name => name.replace(/\d+/g, "#");

/** Returns the rows of some siblings: runs, and groups of runs. A group is at its first run. */
export function grouped(siblings, parent) {
  if (siblings.length < LEAST) return siblings;
  const alike = new Map();
  for (const run of siblings) {
    // Steps at different positions have different tasks, even if they have the same name.
    const key = [run.form, pattern(run.name), run.position].join("\u0000");
    if (!alike.has(key)) alike.set(key, []);
    alike.get(key).push(run);
  }
  if (alike.size === siblings.length) return siblings;
  const rows = [];
  for (const [key, runs] of alike) {
    if (runs.length < LEAST) rows.push(...runs);
    else rows.push(groupOf(runs, parent, key));
  }
  return rows.sort((a, b) => orderOf(a) - orderOf(b));
}

const orderOf = row => (row.isGroup ? row.runs[0].index : row.index);

function groupOf(runs, parent, key) {
  const [first] = runs;
  const same = runs.every(run => run.name === first.name);
  const sums = sumOf(runs.filter(run => !run.isGone));
  return {
    isGroup: true,
    id: `group:${parent ? parent.id : ""}:${key}`,
    runs,
    parent,
    // The name of a group is the common part of the names of its runs.
    name: same ? first.name : pattern(first.name).replace(/[-_ ]*#+[-_ ]*$/, "") || first.name,
    form: first.form,
    family: first.family,
    inner: busiest(runs),
    position: first.position,
    start: Math.min(...runs.map(run => run.start)),
    end: Math.max(...runs.map(run => run.end)),
    totals: sums,
    atOnce: mostAtOnce(runs),
    spread: spread(runs),
  };
}

// The colour family in which the runs of a group spend most of their time.
function busiest(runs) {
  const times = { model: 0, service: 0, code: 0 };
  const pending = runs.slice();
  while (pending.length) {
    const run = pending.pop();
    if (run.family in times) times[run.family] += run.ownTime;
    pending.push(...run.children);
  }
  return Object.keys(times).reduce((a, b) => (times[b] > times[a] ? b : a));
}

function mostAtOnce(runs) {
  const changes = runs.flatMap(run => [
    [run.start, 1],
    [run.end, -1],
  ]);
  // An end comes before a start at the same time, because the ended run may have freed a permit.
  changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let [now, most] = [0, 0];
  for (const [, change] of changes) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}
