// The list of keys.

import { element, icon } from "./dom.js";

const KEY_LIST = [
  [
    "Move",
    [
      ["↑ ↓", "previous, next row"],
      ["← →", "fold, unfold; out of, into a row"],
      ["Home End", "first, last row"],
      ["PgUp PgDn", "a page of rows"],
      ["Enter", "into the details"],
      ["1 – 4", "tab of the details"],
      ["[ ]", "previous, next finding"],
      ["x X", "next, previous error"],
      [", .", "previous, next difference"],
    ],
  ],
  [
    "Time",
    [
      ["f", "fit to the step; again: all"],
      ["+ −", "zoom"],
      ["a d", "pan to the left, right"],
      ["0", "show all"],
      ["Ctrl wheel", "zoom at the pointer"],
      ["Shift wheel", "pan"],
      ["drag", "on the axis: zoom to a range; on a bar: pan"],
    ],
  ],
  [
    "Find",
    [
      ["/", "search"],
      ["n N", "next, previous match"],
      ["Esc", "clear, close, step back"],
    ],
  ],
  [
    "Show",
    [
      ["e", "fold to the first level, unfold"],
      ["c", "critical path: end, first chunk, none"],
      ["t", "theme: system, light, dark"],
      ["y", "copy the step as Markdown"],
      ["?", "this list"],
    ],
  ],
];

let dialog = null;

export const isHelpOpen = () => Boolean(dialog?.open);

export function showHelp() {
  dialog ??= buildHelp();
  dialog.showModal();
}

function buildHelp() {
  const close = element(
    "button.icon-button",
    { type: "button", "aria-label": "Close" },
    icon("close"),
  );
  const keys = text => text.split(" ").map(key => (key === "–" ? key : element("kbd", null, key)));
  const sections = KEY_LIST.map(([title, list]) =>
    element(
      "section",
      null,
      element("h3", null, title),
      element(
        "ul",
        null,
        list.map(([key, text]) => element("li", null, text, element("span", null, keys(key)))),
      ),
    ),
  );
  const made = element(
    "dialog",
    { "aria-label": "Keys" },
    element("header", null, element("h2", null, "Keys"), close),
    element("div.columns", null, sections),
  );
  close.addEventListener("click", () => made.close());
  made.addEventListener("click", event => {
    if (event.target === made) made.close();
  });
  document.body.append(made);
  return made;
}
