// Marks what the search has found. A mark is a range, so that the document itself does not change.

import { find } from "./dom.js";
import { state } from "./state.js";

const MOST = 2000;

/** Marks all matches in the details and in the rows. With `jump`, scrolls to the first one. */
export function markMatches(jump = false) {
  if (!window.Highlight || !CSS.highlights) return;
  CSS.highlights.delete("match");
  if (!state.query) return;
  const marks = new Highlight();
  for (const host of [find(".details"), find(".rows")]) {
    const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && marks.size < MOST) markIn(walker.currentNode, marks);
  }
  CSS.highlights.set("match", marks);
  if (jump) scrollToFirst(marks);
}

function markIn(node, marks) {
  const text = node.data.toLowerCase();
  for (let at = text.indexOf(state.query); at >= 0; at = text.indexOf(state.query, at + 1)) {
    // The lower case of a few letters is longer, so that the place can be past the end.
    if (at + state.query.length > node.length || marks.size >= MOST) return;
    const range = new Range();
    range.setStart(node, at);
    range.setEnd(node, at + state.query.length);
    marks.add(range);
  }
}

function scrollToFirst(marks) {
  const body = find(".details .body");
  if (!body) return;
  for (const range of marks) {
    if (!body.contains(range.startContainer)) continue;
    const y = range.getBoundingClientRect().top - body.getBoundingClientRect().top;
    if (y < 0 || y > body.clientHeight - 40) body.scrollTop += y - body.clientHeight / 3;
    return;
  }
}
