// Derived numbers: sums of subtrees, own time, gaps between chunks, and statistics of many runs.

import { clamp, quantile } from "./format.js";

function nothing() {
  return {
    runs: 0,
    errors: 0,
    cancelled: 0,
    running: 0,
    input: 0,
    cached: 0,
    output: 0,
    reasoning: 0,
    answers: 0,
    cost: 0,
    priced: 0,
    unpriced: 0,
  };
}

function add(sum, more) {
  for (const key of Object.keys(sum)) sum[key] += more[key];
  return sum;
}

/** Returns the sum of the totals of some runs. */
export function sumOf(runs) {
  return runs.reduce((sum, run) => add(sum, run.totals), nothing());
}

/** Returns the tokens and the cost of a run itself, without the runs inside it. */
export function ownTotals(run) {
  const { usage, cost } = run.raw;
  const own = nothing();
  own.runs = 1;
  if (run.status in own) own[run.status] = 1;
  if (run.status === "error") own.errors = 1;
  for (const key of ["input", "cached", "output", "reasoning"])
    own[key] = Number(usage?.[key]) || 0;
  own.answers = Number(usage?.from_cache?.answers) || 0;
  if (cost != null) {
    const sum = cost === "unknown" ? NaN : Number(cost);
    if (Number.isFinite(sum)) {
      own.cost = sum;
      own.priced = 1;
    } else {
      own.unpriced = 1;
    }
  }
  return own;
}

/** Sets the totals and the own time of all runs, which are in the order of the tree. */
export function setTotals(order) {
  for (let index = order.length; index--;) {
    const run = order[index];
    run.totals = ownTotals(run);
    for (const child of run.children) {
      if (!child.isGone || run.isGone) add(run.totals, child.totals);
    }
    setOwnTime(run);
  }
}

// The own time of a step of a sequence leaves out the time in which the step before it still runs,
// because the step then mostly waits for input. Otherwise, a step that gathers its input would seem
// to be the slowest code of all.
function setOwnTime(run) {
  const before = stepBefore(run);
  run.waited = before ? clamp(before.end - run.start, 0, run.duration) : 0;
  run.ownTime = Math.max(0, run.duration - Math.max(covered(run), run.waited));
}

function covered(run) {
  let sum = 0;
  let until = run.start;
  const children = run.children.filter(child => !child.isGone);
  for (const child of children.sort((a, b) => a.start - b.start)) {
    const from = Math.max(child.start, until);
    const to = Math.min(child.end, run.end);
    if (to > from) {
      sum += to - from;
      until = to;
    }
  }
  return sum;
}

/** Returns the step before a step of a sequence. */
export function stepBefore(run) {
  if (run.parent?.form !== "sequence") return null;
  const siblings = run.parent.children;
  for (let index = siblings.indexOf(run) - 1; index >= 0; index--) {
    // An attempt that failed is not the step before, if the step itself was tried again.
    if (siblings[index].position !== run.position && siblings[index].status === "ok") {
      return siblings[index];
    }
  }
  return null;
}

/** Returns the run whose chunks are the input of a step of a sequence. */
export function streamedInput(run) {
  let source = stepBefore(run);
  while (source && !(source.chunks?.at.length > 1)) {
    source = source.children.findLast(
      child => child.status === "ok" && (child.chunks || child.children.length),
    );
  }
  return source ?? null;
}

/** Returns statistics of the gaps between the chunks of a run, or `null` for fewer than two chunks. */
export function gapsOf(run) {
  const at = run.chunks?.at;
  if (!at || at.length < 2) return null;
  const gaps = at.slice(1).map((time, index) => time - at[index]);
  const sorted = gaps.toSorted((a, b) => a - b);
  const longest = sorted[sorted.length - 1];
  const median = quantile(sorted, 0.5);
  return {
    median,
    most: quantile(sorted, 0.95),
    longest,
    after: gaps.indexOf(longest),
    isStall: longest > 4 * median && longest > 20,
  };
}

/** Returns statistics of the durations of runs. */
export function spread(runs) {
  const sorted = runs.toSorted((a, b) => a.duration - b.duration);
  const durations = sorted.map(run => run.duration);
  return {
    sorted,
    least: durations[0],
    median: quantile(durations, 0.5),
    most: quantile(durations, 0.95),
    longest: durations[durations.length - 1],
    slowest: sorted[sorted.length - 1],
  };
}
