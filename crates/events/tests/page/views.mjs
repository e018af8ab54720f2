// The sizes and themes in which pages are checked.

import path from "node:path";

export const SIZES = [
  { width: 360, height: 740, touch: true },
  { width: 800, height: 900 },
  { width: 1600, height: 1000 },
];
const [PHONE, , DESK] = SIZES;

// The pages with the most parts. The other pages differ from them only in a few places, and opening
// each of them in every size and theme would take minutes.
const THOROUGH = ["answer", "large"];

/** Returns whether a page is checked in every size and theme. */
export function isThorough(file) {
  return THOROUGH.includes(path.basename(file, ".html"));
}

/** Returns the sizes and themes in which a page is opened. Both themes are among them. */
export function viewsOf(file) {
  if (!isThorough(file)) {
    return [
      { ...PHONE, theme: "light" },
      { ...DESK, theme: "dark" },
    ];
  }
  return SIZES.flatMap(size => ["light", "dark"].map(theme => ({ ...size, theme })));
}
