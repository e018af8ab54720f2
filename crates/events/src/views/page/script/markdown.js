// A run as Markdown, to paste into an issue or to give to a model.

import { noteOf } from "./bars.js";
import { count, duration, money, moment } from "./format.js";
import { nameOfForm, placeOf } from "./kind.js";
import { model, startedAt } from "./model.js";
import { expand, textOf } from "./payload.js";

const LONGEST_VALUE = 4000;
const MOST_LINES = 400;

/** Returns the visible recording as Markdown. */
export function wholeAsMarkdown() {
  const { totals } = model;
  const { title } = model.recording;
  const facts = [
    duration(model.length),
    `${count(totals.input)} tokens in, ${count(totals.output)} out`,
    money(totals),
    `${totals.errors} errors`,
  ];
  const findings = model.findings.map(
    ({ title: name, text, run }) => `- **${name}** ${text ?? ""}${run ? ` (${run.name})` : ""}`,
  );
  const started = model.roots[0] ? startedAt(model.roots[0]) : null;
  return [
    `# ${title || model.roots[0]?.name || "Recording"}`,
    "",
    facts.filter(Boolean).join(", ") + (started ? `, started ${moment(started)}` : ""),
    "",
    ...findings,
    "",
    ...treeLines(model.roots),
    ...(model.roots.length === 1 ? valueLines(model.roots[0]) : []),
  ].join("\n");
}

/** Returns a run with the runs inside it as Markdown. */
export function runAsMarkdown(run) {
  const flags = run.flags.map(({ title, text }) => `- **${title}** ${text ?? ""}`);
  return [...treeLines([run]), ...(flags.length ? ["", ...flags] : []), ...valueLines(run)].join(
    "\n",
  );
}

/** Returns a group as Markdown: its numbers, and its slowest runs. */
export function groupAsMarkdown(group) {
  const { median, longest, sorted } = group.spread;
  const head = `${group.runs.length} × ${group.name}: median ${duration(median)}, slowest ${duration(longest)}`;
  return [
    head,
    "",
    ...sorted
      .toReversed()
      .slice(0, 12)
      .map(run => runLine(run, 0)),
  ].join("\n");
}

function treeLines(roots) {
  const lines = [];
  const stack = roots.toReversed().map(run => [run, 0]);
  while (stack.length && lines.length < MOST_LINES) {
    const [run, depth] = stack.pop();
    lines.push(runLine(run, depth));
    for (const child of run.children.toReversed()) stack.push([child, depth + 1]);
  }
  if (stack.length) lines.push("", "(more steps are not listed)");
  return lines;
}

function runLine(run, depth) {
  const place = placeOf(run);
  const words = [
    `${"  ".repeat(depth)}- ${run.name} (${nameOfForm(run.form).toLowerCase()}${place ? ", " + place : ""})`,
    duration(run.duration),
  ];
  const note = noteOf(run);
  if (note) words.push(note);
  const { usage, error } = run.raw;
  if (usage?.from_cache) words.push("from the answer cache");
  else if (usage) words.push(`${count(usage.input)} → ${count(usage.output)} tokens`);
  if (error) words.push(String(error.message).split("\n")[0]);
  return words.join(", ");
}

function valueLines(run) {
  const { input, output, error } = run.raw;
  const section = (title, text) => ["", `## ${title}`, "", fenced(text)];
  const lines = [];
  if (input !== undefined) lines.push(...section(`Input of ${run.name}`, shortened(input)));
  if (error)
    lines.push(...section("Error", [error.message, ...(error.causes ?? [])].join("\ncaused by: ")));
  if (output !== undefined) lines.push(...section(`Output of ${run.name}`, shortened(output)));
  return lines;
}

function shortened(value) {
  const text = textOf(expand(value));
  if (text.length <= LONGEST_VALUE) return text;
  return `${text.slice(0, LONGEST_VALUE)}\n… (${count(text.length)} characters)`;
}

// The fence is longer than every sequence of backticks in the text, so the text cannot end it.
function fenced(text) {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(ticks => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
