// The keys of the page.

import { copy, say } from "./clipboard.js";
import { panel, showTab, TABS } from "./details.js";
import { find } from "./dom.js";
import { nextFinding } from "./findings.js";
import { isHelpOpen, showHelp } from "./help.js";
import { groupAsMarkdown, runAsMarkdown } from "./markdown.js";
import { model } from "./model.js";
import {
  choose,
  chosenRow,
  clearFilters,
  foldAll,
  goIn,
  goOut,
  move,
  nextHit,
  nextOf,
} from "./navigation.js";
import { shown } from "./rows.js";
import { isFiltering } from "./state.js";
import { grid, pageOfRows } from "./table.js";
import { nextTheme } from "./theme.js";
import { fit, isZoomed, pan, showAll, zoom } from "./time_line.js";
import { hideTip } from "./tip.js";
import { input, menu, nextPath } from "./toolbar.js";

const withRow = action => () => {
  const row = chosenRow();
  if (row) action(row);
};

// Keys that work while the table has the focus.
const TABLE_KEYS = {
  ArrowDown: () => step(1),
  j: () => step(1),
  ArrowUp: () => step(-1),
  k: () => step(-1),
  PageDown: () => move(pageOfRows()),
  PageUp: () => move(-pageOfRows()),
  Home: () => choose(shown.rows[0]),
  End: () => choose(shown.rows.at(-1)),
  ArrowRight: withRow(goIn),
  ArrowLeft: withRow(goOut),
  Enter: () => (chosenRow() ? intoDetails() : move(1)),
};

// Keys that work everywhere but in a field of text.
const KEYS = {
  "/": () => {
    input.focus();
    input.select();
  },
  "?": showHelp,
  Escape: goBack,
  f: () => fit(chosenRow(), true),
  0: showAll,
  "+": () => zoom(1 / 1.6),
  "=": () => zoom(1 / 1.6),
  w: () => zoom(1 / 1.6),
  "-": () => zoom(1.6),
  _: () => zoom(1.6),
  s: () => zoom(1.6),
  a: () => pan(-0.2),
  d: () => pan(0.2),
  n: () => nextHit(1),
  N: () => nextHit(-1),
  "]": () => nextFinding(1),
  "[": () => nextFinding(-1),
  x: () =>
    nextOf(
      model.order.filter(run => run.status === "error"),
      1,
    ),
  X: () =>
    nextOf(
      model.order.filter(run => run.status === "error"),
      -1,
    ),
  ".": () => nextOf(model.changed ?? [], 1),
  ",": () => nextOf(model.changed ?? [], -1),
  e: foldAll,
  c: () => say(nextPath()),
  t: () => say(nextTheme()),
  y: withRow(row =>
    copy(row.isGroup ? groupAsMarkdown(row) : runAsMarkdown(row), "Copied as Markdown"),
  ),
  1: withRow(() => showTab(TABS[0])),
  2: withRow(() => showTab(TABS[1])),
  3: withRow(() => showTab(TABS[2])),
  4: withRow(() => showTab(TABS[3])),
};

function step(rows) {
  grid.focus({ preventScroll: true });
  move(rows);
}

function intoDetails() {
  (find(".tabs [aria-selected=true]", panel) ?? find(".body", panel))?.focus();
}

// Undoes the last thing: a menu, the focus in the details, filters, the zoom, the choice.
function goBack() {
  if (menu.open) {
    menu.open = false;
    menu.firstElementChild.focus();
  } else if (panel.contains(document.activeElement)) grid.focus();
  else if (isFiltering()) clearFilters();
  else if (isZoomed()) showAll();
  else choose(null);
}

const isTextField = target =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["checkbox", "radio"].includes(target.type));

export function listenToKeys() {
  document.addEventListener("keydown", event => {
    hideTip();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isHelpOpen())
      return;
    const focused = document.activeElement;
    if (isTextField(focused)) return;
    const isTable = focused === grid || focused === document.body;
    const keys = isTable && Object.hasOwn(TABLE_KEYS, event.key) ? TABLE_KEYS : KEYS;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
}
