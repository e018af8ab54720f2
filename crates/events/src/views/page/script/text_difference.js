// The lines in which two texts differ.

import { element, put } from "./dom.js";

const LARGEST = 4e6;
const KEPT = 2;

/** Makes the view of the difference, or a note that the texts are too long to compare. */
export function differenceView(before, after) {
  const lines = compareLines(before.split("\n"), after.split("\n"));
  if (!lines) return element("p.faint", null, "The texts are too long to compare here.");
  if (!lines.some(([sign]) => sign !== " ")) return element("p.faint", null, "No difference.");
  const view = element("div.compared");
  let same = [];
  const flush = isEnd => {
    const start = view.childElementCount ? KEPT : 0;
    const end = isEnd ? 0 : KEPT;
    if (same.length > start + end + 2) {
      const hidden = same.length - start - end;
      for (const text of same.slice(0, start)) put(view, element("div", null, text));
      put(view, element("div.skipped", null, `${hidden} equal lines`));
      same = end ? same.slice(-end) : [];
    }
    for (const text of same) put(view, element("div", null, text));
    same = [];
  };
  for (const [sign, text] of lines) {
    if (sign === " ") same.push(text);
    else {
      flush(false);
      put(view, element(sign === "+" ? "div.added" : "div.removed", null, text));
    }
  }
  flush(true);
  return view;
}

// The longest common subsequence of the lines, without the common lines at both ends.
function compareLines(a, b) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = texts => texts.map(text => [" ", text]);
  const middle = compareMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return middle && [...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))];
}

function compareMiddle(a, b) {
  if (a.length * b.length > LARGEST) return null;
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length; i--;) {
    for (let j = b.length; j--;) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push([" ", a[i]]);
      i++;
      j++;
    } else if (
      i < a.length &&
      (j >= b.length || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
    ) {
      lines.push(["-", a[i++]]);
    } else {
      lines.push(["+", b[j++]]);
    }
  }
  return lines;
}
