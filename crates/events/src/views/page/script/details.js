// The details of the selection: a run, a group, or the whole recording.

import { chunksTab, hasChunks } from "./chunks_tab.js";
import { copy } from "./clipboard.js";
import { element, fill, find, icon, iconButton } from "./dom.js";
import { count, duration, plural } from "./format.js";
import { groupView } from "./group_view.js";
import { inputAndOutput } from "./input_output.js";
import { iconOf, nameOfForm, placeOf } from "./kind.js";
import { groupAsMarkdown, runAsMarkdown } from "./markdown.js";
import { holderOf, model } from "./model.js";
import { choose, chosenRow, writeAddress } from "./navigation.js";
import { eventsTab } from "./events_tab.js";
import { overview } from "./overview.js";
import { linkTo, statusPill } from "./pieces.js";
import { prefer } from "./preference.js";
import { markMatches } from "./search_marks.js";
import { changed, state } from "./state.js";
import { wholeView } from "./whole.js";

export const panel = find(".details");

/** The tabs of a run, in the order of their keys 1 to 4. */
export const TABS = ["overview", "io", "chunks", "events"];
const TAB_TITLES = {
  overview: "Overview",
  io: "Input & output",
  chunks: "Chunks",
  events: "Events",
};
const VIEWS = { overview, io: inputAndOutput, chunks: chunksTab, events: eventsTab };

const waiting = [];
const later = draw => waiting.push(draw);
let connected = {};

/** Sets the functions of other parts of the page that the details call. */
export function connectDetails(given) {
  connected = given;
}

/** Draws the details. With `keep`, they stay scrolled where they are. */
export function drawDetails({ keep = false } = {}) {
  const scrolled = keep ? find(".body", panel)?.scrollTop : 0;
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : null;
  const row = chosenRow();
  if (!row) drawWhole();
  else if (row.isGroup) drawGroup(row);
  else drawRun(row);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  requestAnimationFrame(() => {
    for (const draw of waiting.splice(0)) draw();
    if (scrolled) find(".body", panel).scrollTop = scrolled;
    markMatches(!keep);
  });
}

function drawWhole() {
  const name = model.root
    ? model.root.name
    : model.allRoots.length > 1
      ? plural(model.allRoots.length, "root")
      : "Whole run";
  fill(
    panel,
    header({ title: name, meta: "Choose a step to see its input and output." }),
    element("div.tabs"),
    bodyOf(wholeView(later, connected)),
  );
}

function drawGroup(group) {
  const { median, longest } = group.spread;
  fill(
    panel,
    header({
      row: group,
      title: `${count(group.runs.length)} × ${group.name}`,
      meta: `median ${duration(median)} · slowest ${duration(longest)}`,
      symbol: icon("stack", null, "holder"),
      tools: tools("Copy the group as Markdown", () => groupAsMarkdown(group)),
    }),
    element("div.tabs"),
    bodyOf(groupView(group, later)),
  );
}

function drawRun(run) {
  const tabs = TABS.filter(tab => tab !== "chunks" || hasChunks(run));
  const tab = tabs.includes(state.tab) ? state.tab : state.tab === "chunks" ? "io" : "overview";
  fill(
    panel,
    header({
      row: run,
      title: run.name,
      meta: [nameOfForm(run.form), placeOf(run), run.model, duration(run.duration)]
        .filter(Boolean)
        .join(" · "),
      symbol: icon(iconOf(run.form), null, run.family),
      pill: statusPill(run, { isLive: model.isLive }),
      tools: tools("Copy the step as Markdown", () => runAsMarkdown(run), "y"),
    }),
    element(
      "div.tabs",
      { role: "tablist", "aria-label": "Parts of the details" },
      tabs.map(name => tabButton(name, tab, tabs, run)),
    ),
    bodyOf(VIEWS[tab](run, later), tab),
  );
}

function bodyOf(content, tab) {
  const properties = tab ? { role: "tabpanel", id: "panel", "aria-labelledby": "tab-" + tab } : {};
  return element("div.body", { ...properties, tabindex: "0" }, content);
}

function header({ row, title, meta, symbol, pill, tools: buttons }) {
  return element(
    "div.header",
    null,
    row ? crumbs(row) : null,
    element("div.title", null, symbol, element("h2", { title }, title), pill, buttons),
    element("div.meta", null, meta),
  );
}

function crumbs(row) {
  const holders = [];
  for (let holder = holderOf(row); holder; holder = holderOf(holder)) holders.unshift(holder);
  if (!holders.length) return null;
  const links = holders.map((holder, index) => [
    index ? element("span", { "aria-hidden": "true" }, "›") : null,
    linkTo(holder, holder.isGroup ? `${holder.runs.length} × ${holder.name}` : holder.name),
  ]);
  return element("nav.crumbs", { "aria-label": "Steps outside" }, links);
}

function tools(label, text, key) {
  return element(
    "div.tools",
    null,
    iconButton("document", label, () => copy(text(), "Copied as Markdown"), key),
    iconButton("link", "Copy a link to this", () => copy(location.href, "Link copied")),
    iconButton(
      "close",
      "Close the details",
      () => {
        choose(null);
        find(".grid").focus();
      },
      "Esc",
    ),
  );
}

function tabButton(name, chosen, tabs, run) {
  const onKey = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    showTab(tabs[(tabs.indexOf(name) + step + tabs.length) % tabs.length], true);
  };
  return element(
    "button",
    {
      type: "button",
      role: "tab",
      id: "tab-" + name,
      "aria-selected": name === chosen,
      "aria-controls": "panel",
      tabindex: name === chosen ? "0" : "-1",
      on: { click: () => showTab(name), keydown: onKey },
    },
    TAB_TITLES[name],
    name === "chunks" && run.chunks ? element("small", null, " " + count(run.chunkCount)) : null,
  );
}

/** Shows a tab. It stays open when another run is chosen, to compare outputs of several runs. */
export function showTab(name, withFocus = false) {
  state.tab = name;
  prefer("tab", name);
  changed("tab");
  writeAddress();
  if (withFocus) find("#tab-" + name)?.focus();
}
