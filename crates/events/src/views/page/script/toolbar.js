// The bar above the table: search, filters, folding, the critical path, and zoom.

import { element, fill, find, icon, iconButton } from "./dom.js";
import { count } from "./format.js";
import { familyOf, iconOf, nameOfForm } from "./kind.js";
import { model } from "./model.js";
import {
  chosenRow,
  filter,
  foldAll,
  isAnyFolded,
  move,
  nextHit,
  writeAddress,
} from "./navigation.js";
import { prefer } from "./preference.js";
import { shown } from "./rows.js";
import { changed, state } from "./state.js";
import { grid } from "./table.js";
import { fit, zoom } from "./time_line.js";

const toolbar = find(".bar");
let searchTimer = 0;

export const input = element("input", {
  type: "search",
  placeholder: "Search names and payloads",
  "aria-label": "Search names and payloads",
  spellcheck: "false",
  autocomplete: "off",
  on: { input: searchSoon, keydown: onKey },
});
const matches = element("span.matches");
const statuses = element("div.choice", { role: "group", "aria-label": "Status" });
export const menu = element("details.menu");
const foldButton = iconButton("fold", "Fold to the first level", foldAll, "e", ".optional");
const pathButton = iconButton("path", "Critical path", nextPath, "c", ".optional");

/** Shows the runs that contain a text. */
export function search(text) {
  clearTimeout(searchTimer);
  state.query = text.trim().toLowerCase();
  grid.scrollTop = 0;
  filter(() => {});
  changed("text");
}

function searchSoon() {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => search(input.value), model.order.length > 500 ? 120 : 40);
}

function onKey(event) {
  if (event.key === "Enter") {
    event.preventDefault();
    if (input.value.trim().toLowerCase() !== state.query) search(input.value);
    nextHit(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape") {
    event.stopPropagation();
    if (!input.value) return grid.focus();
    input.value = "";
    search("");
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    grid.focus();
    move(1);
  }
}

const PATHS = { none: "end", end: "first", first: "none" };
const PATH_NAMES = {
  none: "Critical path",
  end: "Critical path: to the end",
  first: "Critical path: to the first chunk",
};

/** Draws the next critical path: to the end, to the first chunk, or none. */
export function nextPath() {
  const hasFirst = model.roots.some(run => run.first != null);
  state.path = PATHS[state.path] ?? "none";
  if (state.path === "first" && !hasFirst) state.path = "none";
  prefer("path", state.path === "none" ? null : state.path);
  changed("view", true);
  drawBar();
  return PATH_NAMES[state.path];
}

/** Builds the bar, whose menus depend on the kinds of runs in the recording. */
export function buildBar() {
  fill(
    toolbar,
    element("div.search", null, icon("search"), input, matches),
    menu,
    statuses,
    element("div.gap"),
    pathButton,
    foldButton,
    iconButton("fit", "Fit to the chosen step", () => fit(chosenRow()), "f", ".optional"),
    iconButton("minus", "Zoom out", () => zoom(1.6), "−"),
    iconButton("plus", "Zoom in", () => zoom(1 / 1.6), "+"),
  );
  buildMenu();
  drawBar();
}

const STATUS_NAMES = {
  all: "All",
  error: "Errors",
  cancelled: "Cancelled",
  running: "Running",
  finding: "Findings",
  changed: "Changed",
};
const STATUS_ICONS = {
  error: "error",
  cancelled: "ban",
  running: "other",
  finding: "warning",
  changed: "compare",
};

// A run without an end is running if the page follows a program. Otherwise its end is missing.
const nameOfStatus = status =>
  status === "running" && !model.isLive ? "Unfinished" : STATUS_NAMES[status];

function statusCounts() {
  const { totals, order } = model;
  const counts = {
    all: order.length,
    error: totals.errors,
    cancelled: totals.cancelled,
    running: totals.running,
  };
  counts.finding = order.filter(run => run.flags.length).length;
  counts.changed = model.changed?.length ?? 0;
  return Object.entries(counts).filter(
    ([status, number]) => status === "all" || number || status === state.status,
  );
}

const chooseStatus = status =>
  filter(() => {
    state.status = status;
  });

function buildMenu() {
  const numbers = new Map();
  for (const run of model.order) numbers.set(run.form, (numbers.get(run.form) ?? 0) + 1);
  const forms = [...numbers].sort(([a], [b]) => nameOfForm(a).localeCompare(nameOfForm(b)));
  const kinds = forms.map(([form, number]) => {
    const toggle = () =>
      filter(() => (state.forms.has(form) ? state.forms.delete(form) : state.forms.add(form)));
    const box = element("input", { type: "checkbox", "data-form": form, on: { change: toggle } });
    return element(
      "label",
      null,
      box,
      icon(iconOf(form), null, familyOf(form)),
      nameOfForm(form),
      element("span", null, count(number)),
    );
  });
  const radios = statusCounts().map(([status]) => {
    const box = element("input", {
      type: "radio",
      name: "status",
      "data-status": status,
      on: { change: () => chooseStatus(status) },
    });
    return element("label", null, box, nameOfStatus(status));
  });
  const times = [
    [0, "nothing"],
    [1, "1 ms"],
    [10, "10 ms"],
    [100, "100 ms"],
    [1000, "1 s"],
    [10000, "10 s"],
  ];
  const shortest = element(
    "select",
    {
      on: {
        change: event =>
          filter(() => {
            state.shortest = Number(event.target.value);
          }),
      },
    },
    times.map(([value, text]) => element("option", { value }, text)),
  );
  const inView = element("input", {
    type: "checkbox",
    "data-view": "",
    on: {
      change: event =>
        filter(() => {
          state.onlyInView = event.target.checked;
        }),
    },
  });
  fill(
    menu,
    element("summary.button", { "aria-label": "Filter" }),
    element(
      "div.popup",
      null,
      element("fieldset", null, element("legend", null, "Kinds"), kinds),
      element("fieldset", null, element("legend", null, "Status"), radios),
      element(
        "fieldset",
        null,
        element("legend", null, "Time"),
        element("label", null, "Hide shorter than", shortest),
        element("label", null, inView, "Only in the time that is shown"),
      ),
    ),
  );
}

/** Updates the bar after a change of the search, the filters or the folding. */
export function drawBar() {
  if (document.activeElement !== input)
    input.value =
      state.query && input.value.trim().toLowerCase() === state.query ? input.value : state.query;
  input.parentNode?.classList.toggle("searching", state.query !== "");
  fill(matches, state.query ? matchTools() : element("kbd", { "aria-hidden": "true" }, "/"));
  fill(statuses, statusCounts().map(statusButton));
  drawMenuButton();
  const label = isAnyFolded() ? "Unfold all" : "Fold to the first level";
  relabel(foldButton, isAnyFolded() ? "unfold" : "fold", label, "e");
  const path = PATH_NAMES[state.path];
  relabel(pathButton, state.path === "first" ? "path_first" : "path", path, "c");
  pathButton.setAttribute("aria-pressed", state.path !== "none");
}

function relabel(button, symbol, label, key) {
  fill(button, icon(symbol));
  button.title = `${label}  (${key})`;
  button.setAttribute("aria-label", label);
}

function matchTools() {
  const { hits } = shown;
  const at = hits.indexOf(chosenRow());
  const number = hits.length ? (at < 0 ? "" : `${count(at + 1)}/`) + count(hits.length) : "none";
  return [
    element("span", { role: "status" }, number),
    iconButton("up", "Previous match", () => nextHit(-1), "Shift+Enter"),
    iconButton("down", "Next match", () => nextHit(1), "Enter"),
  ];
}

function statusButton([status, number]) {
  const isAll = status === "all";
  const text = nameOfStatus(status);
  return element(
    "button",
    {
      type: "button",
      "aria-pressed": state.status === status,
      title: text,
      on: { click: () => chooseStatus(status) },
    },
    isAll ? null : icon(STATUS_ICONS[status]),
    element(isAll ? "span" : "span.label", null, text),
    isAll ? null : " " + count(number),
  );
}

function drawMenuButton() {
  const number =
    state.forms.size +
    (state.shortest ? 1 : 0) +
    (state.onlyInView ? 1 : 0) +
    (state.status === "all" ? 0 : 1);
  const summary = menu.firstElementChild;
  summary.className = number ? "button on" : "button";
  fill(
    summary,
    icon("filter"),
    element("span.label", null, "Filter"),
    number ? String(number) : null,
  );
  summary.title = shown.hidden
    ? `Filter by kind, status and time (${count(shown.hidden)} steps are hidden)`
    : "Filter by kind, status and time";
  for (const box of menu.querySelectorAll("[data-form]"))
    box.checked = state.forms.has(box.dataset.form);
  for (const box of menu.querySelectorAll("[data-status]"))
    box.checked = box.dataset.status === state.status;
  find("[data-view]", menu).checked = state.onlyInView;
  find("select", menu).value = String(state.shortest);
}

document.addEventListener("pointerdown", event => {
  if (menu.open && !menu.contains(event.target)) menu.open = false;
});
