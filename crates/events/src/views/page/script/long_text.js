// Long texts, which are shown in parts.

import { element, put } from "./dom.js";
import { count } from "./format.js";
import { changed, state } from "./state.js";

const FOLDED_LINES = 26;
const FOLDED = 1400;
const FIRST = 3000;
const CHARACTERS_SHOWN = 60000;

/** Makes a block of text. A long text begins folded, unless the search finds something in it. */
export function longText(text) {
  if (text.length <= FOLDED && text.split("\n", FOLDED_LINES + 1).length <= FOLDED_LINES) {
    return element("div.text", null, text);
  }
  let end = Math.min(text.length, FIRST);
  let isOpen = false;
  const box = element("div.text.folded", null, text.slice(0, end));
  const button = element("button.more", {
    type: "button",
    on: { click: () => more(end + CHARACTERS_SHOWN) },
  });
  const open = () => {
    isOpen = true;
    box.classList.remove("folded");
  };
  const append = to => {
    put(box, text.slice(end, to));
    end = Math.min(text.length, to);
  };
  const relabel = () => {
    const next = Math.min(CHARACTERS_SHOWN, text.length - end);
    button.hidden = isOpen && end >= text.length;
    button.textContent = isOpen
      ? `Show the next ${count(next)} of ${count(text.length)} characters`
      : `Show more (${count(text.length)} characters)`;
  };
  const more = to => {
    if (isOpen || end >= text.length) append(to);
    open();
    relabel();
    changed("text");
  };
  const found = state.query ? text.toLowerCase().indexOf(state.query) : -1;
  if (found >= 0) {
    open();
    if (found > end - 400) append(found + 2000);
  }
  relabel();
  return element("div", null, box, button);
}
