// The bar between the table and the details, which changes their sizes.

import { find } from "./dom.js";
import { clamp } from "./format.js";
import { preference, prefer } from "./preference.js";
import { changed } from "./state.js";

const splitBar = find(".split");
const work = find(".work");
const details = find(".details");

/** Returns `true` if the details are beside the table, and not below it. */
export const isWide = () => innerWidth > 860;

const limits = () =>
  isWide() ? [300, Math.max(320, innerWidth - 420)] : [120, Math.max(130, work.clientHeight - 130)];
const currentSize = () => (isWide() ? details.clientWidth : details.clientHeight);

export function startSplit(drag) {
  const stored = parseFloat(preference("details-width"));
  if (stored && isWide()) setWidth(stored);
  drag(splitBar, {
    start: currentSize,
    move: (x, from, event, y) => resize(from - (isWide() ? x : y)),
    end: keep,
  });
  splitBar.addEventListener("keydown", event => {
    const step = { ArrowLeft: 24, ArrowRight: -24, ArrowUp: 24, ArrowDown: -24 }[event.key];
    if (!step) return;
    event.preventDefault();
    resize(currentSize() + step);
    keep();
  });
  splitBar.addEventListener("dblclick", () => {
    for (const name of ["--details-width", "--details-height"])
      document.documentElement.style.removeProperty(name);
    prefer("details-width", null);
    changed("look");
  });
  describeSplit();
}

function setWidth(width) {
  const [least, most] = limits();
  document.documentElement.style.setProperty("--details-width", clamp(width, least, most) + "px");
}

function resize(size) {
  const [least, most] = limits();
  if (isWide()) setWidth(size);
  else
    document.documentElement.style.setProperty("--details-height", clamp(size, least, most) + "px");
  changed("look");
}

function keep() {
  if (isWide()) prefer("details-width", Math.round(currentSize()));
  changed("tab");
}

/** Reports the size of the details to assistive software. */
export function describeSplit() {
  const [least, most] = limits();
  splitBar.setAttribute("aria-orientation", isWide() ? "vertical" : "horizontal");
  splitBar.setAttribute("aria-valuemin", least);
  splitBar.setAttribute("aria-valuemax", Math.round(most));
  splitBar.setAttribute("aria-valuenow", Math.round(clamp(currentSize(), least, most)));
}
