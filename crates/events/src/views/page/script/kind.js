// The kinds of runs: their names, icons, and the colour family of their bars.
//
// The colour of a bar shows what takes the time: a model, another service, or code of the program.
// Runs that only contain other runs are drawn as a thin bracket. The icon shows the kind.

import { table } from "./dom.js";

const KINDS = table({
  chat_model: ["Chat model", "model"],
  llm: ["Text model", "model", "chat_model"],
  embedding: ["Embedding", "service"],
  retriever: ["Retriever", "service"],
  tool: ["Tool", "service"],
  prompt: ["Prompt", "code"],
  parser: ["Parser", "code"],
  sequence: ["Sequence", "holder"],
  parallel: ["Parallel", "holder"],
  branch: ["Branch", "holder"],
  retry: ["Retry", "holder"],
  fallbacks: ["Fallbacks", "holder"],
  each: ["Batch", "holder", "parallel"],
  chain: ["Chain", "holder", "sequence"],
  function: ["Function", "code"],
});

// The core has one kind, `chain`, for functions and all combinators. The name of such a run, or the
// positions of the runs inside it, show which combinator it is.
const NAMES = [
  [/^RunnableSequence$/, "sequence"],
  [/^Runnable(Parallel|Assign)</, "parallel"],
  [/^RunnableWithFallbacks$/, "fallbacks"],
  [/^(RunnableBranch|RouterRunnable)$/, "branch"],
  [/^RunnableEach</, "each"],
];
const POSITIONS = [
  [/^seq:step:/, "sequence"],
  [/^map:key:/, "parallel"],
  [/^(condition|branch):/, "branch"],
];

/** Returns the form of a run: its kind, or for a `chain` what kind of chain it is. */
export function formOf(raw, children) {
  if (raw.form) return String(raw.form);
  if (raw.kind !== "chain") return String(raw.kind || "chain");
  const name = String(raw.name);
  const named = NAMES.find(([pattern]) => pattern.test(name));
  if (named) return named[1];
  if (raw.fallbacks?.length) return "fallbacks";
  if (!children.length) return "function";
  for (const [pattern, form] of POSITIONS) {
    if (children.some(child => pattern.test(child.position))) return form;
  }
  if (children.some(child => child.attempt > 1)) return "retry";
  return children.some(child => child.item != null) ? "each" : "chain";
}

export const nameOfForm = form => KINDS[form]?.[0] ?? form;
export const familyOf = form => KINDS[form]?.[1] ?? "code";
export const iconOf = form => (form in KINDS ? (KINDS[form][2] ?? form) : "other");

/** Returns the position of a run in its parent as text. */
export function placeOf(run) {
  const tag = run.position
    .replace(/^seq:step:/, "step ")
    .replace(/^map:key:/, "")
    .replace(/^retry:attempt:\d+$/, "")
    .replace(/^branch:default$/, "default")
    .replace(/^(branch|condition):/, "$1 ");
  const attempt = run.attempt > 1 || run.triedAgain ? `attempt ${run.attempt}` : "";
  const item = run.item != null ? `item ${run.item}` : "";
  return [tag, item, attempt].filter(Boolean).join(", ");
}
