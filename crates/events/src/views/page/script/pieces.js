// Small pieces of the details that several tabs use.

import { causeOf } from "./bars.js";
import { element, icon } from "./dom.js";
import { addressOf } from "./navigation.js";

/** Makes a heading, with a remark and with buttons at its right. */
export function heading(title, remark, ...buttons) {
  return element(
    "h3",
    null,
    title,
    remark ? element("small", null, remark) : null,
    buttons.length ? element("span.right", null, buttons) : null,
  );
}

/** Makes a list of figures from `[name, value, remark]`. Figures without a value are omitted. */
export function figures(list) {
  const present = list.filter(item => item && item[1] != null && item[1] !== "");
  return element(
    "dl.figures",
    null,
    present.map(([name, value, remark]) =>
      element(
        "div",
        null,
        element("dt", null, name),
        element("dd", null, value, remark ? element("small", null, " " + remark) : null),
      ),
    ),
  );
}

const isPlainObject = value =>
  typeof value === "object" && !(value instanceof Node) && !Array.isArray(value);

/** Makes a list of names and values: texts, nodes, or lists of these. */
export function definitions(list) {
  const present = list.filter(([, value]) => value != null && value !== "");
  const pairs = present.map(([name, value]) => [
    element("dt", null, name),
    element("dd", null, isPlainObject(value) ? JSON.stringify(value) : value),
  ]);
  return element("dl.definitions", null, pairs);
}

/** Makes a table with a row of titles. Cells are texts or nodes. */
export function figureTable(titles, rows) {
  const head = titles.map(title => element("th", { scope: "col" }, title));
  const body = rows.map(cells =>
    element(
      "tr",
      null,
      cells.map(cell => element("td", null, cell)),
    ),
  );
  const table = element(
    "table.numbers",
    null,
    element("thead", null, element("tr", null, head)),
    element("tbody", null, body),
  );
  return element("div.scrolled", null, table);
}

/** Makes a link to a run in this page. */
export function linkTo(run, text, tab) {
  return element("a.link", { href: addressOf(run, tab) }, text ?? run.name);
}

/** Makes the box of a finding, or of another remark. */
export function noteBox(level, title, text, symbol) {
  const kind = level === "error" || level === "warning" || level === "info" ? level : "plain";
  const sign = symbol ?? { error: "error", warning: "warning", info: "info" }[kind] ?? "info";
  return element(
    `div.note.${kind}`,
    null,
    icon(sign),
    element("b", null, title),
    text ? element("div", null, text) : null,
  );
}

/** Returns the level of a finding: `error`, `warning` or `info`. */
export function levelOf(finding) {
  if (finding.level === "error") return "error";
  return finding.level === "warn" || finding.level === "warning" ? "warning" : "info";
}

/** Makes the sign of the status of a run. `isLive` distinguishes a run that is running from a run
 * whose end is missing. */
export function statusPill(run, { isLive = false, always = false } = {}) {
  const pill = (kind, symbol, text) => element(`span.pill.${kind}`, null, icon(symbol), text);
  if (run.isGone) return pill("plain", "minus", "Only before");
  if (run.status === "error") return pill("error", "error", "Failed");
  if (run.status === "cancelled") {
    const why = causeOf(run);
    return pill("plain", "ban", why === "cancelled" ? "Cancelled" : `Cancelled: ${why}`);
  }
  if (run.status === "running" || run.isOpen) {
    if (!isLive) return pill("warning", "warning", "Unfinished");
    return element("span.pill.live", null, element("span.pulse"), "Running");
  }
  return always ? pill("good", "ok", "Succeeded") : null;
}

/**
 * Makes a list of horizontal bars: `[name, from, to, kind, text]`, where `from` and `to` are shares of
 * the width.
 */
export function shareBars(list) {
  const rows = list.map(([name, from, to, kind, text]) => [
    element("span", null, name),
    element(
      "i",
      null,
      element(`u.${kind}`, {
        css: { left: `${from * 100}%`, width: `${Math.max(0, to - from) * 100}%` },
      }),
    ),
    element("b", null, text),
  ]);
  return element("div.shares", null, rows);
}

/** Makes a list that grows by a button, because it can have thousands of items. */
export function growing(items, part, make, container) {
  const box = element("div", null, container);
  let shown = 0;
  const more = () => {
    const next = items.slice(shown, shown + part);
    container.append(...next.map((item, index) => make(item, shown + index)));
    shown += next.length;
    if (shown === items.length) return;
    const rest = Math.min(part, items.length - shown);
    const button = element(
      "button.more",
      { type: "button" },
      `Show ${rest} more of ${items.length}`,
    );
    button.addEventListener("click", () => {
      button.remove();
      more();
    });
    box.append(button);
  };
  more();
  return box;
}
