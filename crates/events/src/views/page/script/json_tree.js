// JSON as a tree that can be folded.

import { copy } from "./clipboard.js";
import { element, icon, put } from "./dom.js";
import { count, plural } from "./format.js";
import { textOf } from "./payload.js";
import { changed, state } from "./state.js";

const LONG = 400;
const LONGEST_STRING = 100000;
const ITEMS_SHOWN = 100;

/** Makes the tree of an expanded value. */
export function jsonTree(value, depth = 0) {
  return element("div.json", null, node(value, null, depth));
}

function node(value, key, depth) {
  const label =
    key == null ? null : [element("span.key", null, String(key)), element("span.dim", null, ": ")];
  if (value !== null && typeof value === "object") return branch(value, label, depth);
  return lineOf(label, scalar(value), value);
}

function lineOf(label, content, value, toggle = element("span.arrow")) {
  const properties = {
    type: "button",
    title: "Copy",
    "aria-label": "Copy value",
    on: { click: () => copy(textOf(value)) },
  };
  const button = element("button.copy", properties, icon("copy"));
  return element("div.line", null, toggle, element("span.value", null, label, content), button);
}

function scalar(value) {
  if (typeof value === "number") return element("span.figure", null, String(value));
  if (typeof value !== "string") return element("span.word", null, String(value));
  const isFound =
    state.query && value.length < LONGEST_STRING && value.toLowerCase().includes(state.query);
  if (value.length <= LONG || isFound) return element("span.string", null, `"${value}"`);
  const shown = element("span.string", null, `"${value.slice(0, 300)}`);
  const open = () => {
    const rest = value.length > LONGEST_STRING ? "…" : '"';
    shown.replaceChildren(`"${value.slice(0, LONGEST_STRING)}${rest}`);
    changed("text");
  };
  put(
    shown,
    element(
      "button.more",
      { type: "button", on: { click: open } },
      `… ${count(value.length)} characters`,
    ),
  );
  return shown;
}

function branch(value, label, depth) {
  const isList = Array.isArray(value);
  const keys = Object.keys(value);
  if (!keys.length) return lineOf(label, element("span.dim", null, isList ? "[]" : "{}"), value);
  const inside = element("div.inside");
  const summary = element(
    "span.dim",
    null,
    isList ? `[ ${plural(keys.length, "item")} ]` : outline(keys),
  );
  const toggle = element(
    "button.arrow",
    { type: "button", "aria-label": "Fold or unfold", on: { click: () => setOpen(inside.hidden) } },
    icon("chevron"),
  );
  let isBuilt = false;
  const setOpen = isOpen => {
    if (isOpen && !isBuilt) {
      isBuilt = true;
      addPart(inside, value, keys, 0, depth);
    }
    inside.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", isOpen);
    summary.hidden = isOpen && !isList && label != null;
    changed("text");
  };
  setOpen((depth < 2 && (keys.length <= 30 || depth === 0)) || holdsMatch(value, depth));
  return element("div", null, lineOf(label, summary, value, toggle), inside);
}

const outline = keys => `{ ${keys.slice(0, 4).join(", ")}${keys.length > 4 ? ", …" : ""} }`;

// A large list is built in parts, because each of its items becomes several elements.
function addPart(inside, value, keys, from, depth) {
  const to = Math.min(keys.length, from + ITEMS_SHOWN);
  for (const key of keys.slice(from, to)) put(inside, node(value[key], key, depth + 1));
  if (to === keys.length) return;
  const next = Math.min(ITEMS_SHOWN, keys.length - to);
  const more = element(
    "button.more",
    { type: "button" },
    `Show ${next} more of ${count(keys.length)}`,
  );
  more.addEventListener("click", () => {
    more.remove();
    addPart(inside, value, keys, to, depth);
  });
  put(inside, more);
}

function holdsMatch(value, depth) {
  if (!state.query || depth > 8) return false;
  return JSON.stringify(value).toLowerCase().includes(JSON.stringify(state.query).slice(1, -1));
}
