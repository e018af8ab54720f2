// The details without a selection: totals of all visible runs.

import { legend } from "./chart.js";
import { element, put } from "./dom.js";
import { count, difference, duration, moment, money, percent, short } from "./format.js";
import { familyOf, nameOfForm, placeOf } from "./kind.js";
import { model, startedAt } from "./model.js";
import { timeOnPath } from "./critical_path.js";
import {
  definitions,
  figureTable,
  growing,
  heading,
  linkTo,
  shareBars,
  statusPill,
} from "./pieces.js";
import { ownTotals, spread, sumOf } from "./totals.js";

/** Makes the view. `showRoot` shows one root only, and `search` searches for a text. */
export function wholeView(later, { showRoot, search }) {
  return [
    model.before ? differences() : null,
    model.allRoots.length > 1 ? rootList(showRoot) : null,
    timeByKind(),
    pathView("end", "Critical path", "the steps for which the end waited"),
    pathView("first", "Path to the first chunk", "the steps for which the first chunk waited"),
    byModel(),
    byStep(search),
    legendView(later),
    aboutRecording(),
  ];
}

function differences() {
  const { changed, difference: first } = model;
  if (!changed.length)
    return [
      heading("Differences"),
      element("p", null, "The recordings have the same steps, inputs and outputs."),
    ];
  const body = element("ol.links");
  const row = run =>
    element(
      "li",
      null,
      linkTo(run),
      run === first ? element("span.pill.warning", null, "first") : null,
      element("span.faint", null, run.changes.join(", ")),
      element(
        "span.right",
        null,
        run.other && !run.isGone ? difference(run.duration - run.other.duration) : "",
      ),
    );
  const list = [first, ...changed.filter(run => run !== first)];
  return [
    heading("Differences", `${count(changed.length)} of ${count(model.order.length)} steps`),
    growing(list, 12, row, body),
  ];
}

function rootList(showRoot) {
  const roots = model.root ? [model.root] : model.allRoots;
  const { sorted, median, most, longest } = spread(model.allRoots);
  const slow = longest > 3 * median ? sorted.at(-1) : null;
  const body = element("tbody");
  const show = run => {
    const text = model.root ? "Show all roots" : run.name;
    const click = () => showRoot(model.root ? null : run.id);
    const place = model.root ? "" : placeOf(run);
    return [
      element("button.link", { type: "button", title: "Show only this root", on: { click } }, text),
      place ? element("span.faint", null, " " + place) : null,
    ];
  };
  const row = run =>
    element(
      "tr",
      null,
      element(
        "td",
        null,
        show(run),
        " ",
        run.status === "ok" ? null : statusPill(run, { isLive: model.isLive }),
      ),
      element(
        "td",
        null,
        startedAt(run) ? moment(startedAt(run)).slice(11, 19) : duration(run.raw.start),
      ),
      element(
        "td",
        null,
        duration(run.duration),
        run === slow ? element("span.late", null, " ▲") : null,
      ),
      element(
        "td",
        null,
        run.totals.input + run.totals.output ? short(run.totals.input + run.totals.output) : "",
      ),
      element("td", null, money(run.totals)),
    );
  const titles = ["Root", "Started", "Time", "Tokens", "Cost"].map(title =>
    element("th", { scope: "col" }, title),
  );
  const table = element("table.numbers", null, element("thead", null, element("tr", null, titles)));
  const grown = growing(roots, 20, row, body);
  put(table, body);
  grown.prepend(table);
  const remark = `median ${duration(median)}, 95 % below ${duration(most)}, slowest ${duration(longest)}`;
  return [
    heading(model.root ? "One root" : `${count(model.allRoots.length)} roots`, remark),
    grown,
  ];
}

function timeByKind() {
  const groups = groupBy(run => run.form).sort((a, b) => b.ownTime - a.ownTime);
  const most = Math.max(...groups.map(group => group.ownTime), 1e-9);
  const rows = groups.map(({ key, ownTime }) => [
    nameOfForm(key),
    0,
    ownTime / most,
    familyOf(key),
    duration(ownTime),
  ]);
  return [heading("Where the time went", "own time, summed over parallel steps"), shareBars(rows)];
}

// The steps with the largest shares of a path. A path is the chain of waits back from the end or
// the first chunk. Steps with the same name are summed, because a chain can call one step many
// times.
function pathView(path, title, remark) {
  const roots = model.roots.filter(run => !run.isGone);
  if (roots.length !== 1) return null;
  const [root] = roots;
  const whole = path === "end" ? root.duration : (root.first ?? root.start) - root.start;
  if (whole <= 0) return null;
  const steps = new Map();
  for (const run of model.order) {
    const time = timeOnPath(run, path);
    if (!time) continue;
    const key = `${run.form} ${run.name} ${run.status === "error"}`;
    const step = steps.get(key) ?? { time: 0, runs: 0, longest: 0, run };
    step.time += time;
    step.runs++;
    if (time > step.longest) Object.assign(step, { longest: time, run });
    steps.set(key, step);
  }
  const rows = [...steps.values()]
    .filter(step => step.time > whole * 0.01)
    .sort((a, b) => b.time - a.time)
    .slice(0, 7)
    .map(({ run, time, runs }) => [
      [linkTo(run), runs > 1 ? ` × ${runs}` : ""],
      0,
      time / whole,
      run.status === "error" ? "error" : run.family,
      `${duration(time)} · ${percent(time, whole)}`,
    ]);
  return rows.length ? [heading(title, `${remark}, ${duration(whole)}`), shareBars(rows)] : null;
}

function groupBy(keyOf) {
  const groups = new Map();
  for (const run of model.order) {
    const key = run.isGone ? "" : keyOf(run);
    if (!key) continue;
    if (!groups.has(key)) groups.set(key, { key, runs: 0, errors: 0, ownTime: 0, own: [] });
    const group = groups.get(key);
    group.runs++;
    group.errors += run.status === "error" ? 1 : 0;
    group.ownTime += run.ownTime;
    group.own.push({ totals: ownTotals(run) });
  }
  return [...groups.values()];
}

function totalsTable(title, groups, cell) {
  const rows = groups.map(group => {
    const totals = sumOf(group.own);
    return [
      cell(group),
      count(group.runs),
      duration(group.ownTime),
      totals.input + totals.output ? short(totals.input + totals.output) : "",
      money(totals),
      group.errors ? element("b.bad", null, count(group.errors)) : "",
    ];
  });
  return figureTable([title, "Runs", "Own time", "Tokens", "Cost", "Errors"], rows);
}

function byModel() {
  const groups = groupBy(run => run.model).sort((a, b) => b.ownTime - a.ownTime);
  return groups.length
    ? [heading("By model"), totalsTable("Model", groups, group => group.key)]
    : null;
}

function byStep(search) {
  const groups = groupBy(run => (run.family === "holder" ? "" : run.name)).sort(
    (a, b) => b.ownTime - a.ownTime,
  );
  const button = ({ key }) =>
    element(
      "button.link.quiet",
      { type: "button", title: "Search for this step", on: { click: () => search(key) } },
      key,
    );
  return groups.length
    ? [heading("By step"), totalsTable("Step", groups.slice(0, 12), button)]
    : null;
}

function legendView(later) {
  const signs = [
    ["model", "model"],
    ["service", "other service"],
    ["code", "own code"],
    ["holder", "contains other steps"],
    ["waiting", "waiting"],
    ["first", "first chunk"],
    ["error", "error ✕"],
    ["cancelled", "cancelled ⊘"],
    ["path", "critical path (c)"],
  ];
  if (model.before) signs.push(["other", "the other recording"]);
  const items = signs.map(([name, text]) => element("span", null, legend(name, later), text));
  return [heading("Reading the bars"), element("div.legend", null, items)];
}

function aboutRecording() {
  const { facts, title, before } = model.recording;
  const entries = Object.entries(facts).map(([key, value]) => [
    key,
    element("span.mono", null, typeof value === "string" ? value : JSON.stringify(value)),
  ]);
  return [
    heading("About"),
    definitions([
      ["Recording", title],
      before ? ["Compared with", before.title] : ["", ""],
      ...entries,
    ]),
  ];
}
