// The time line: converts milliseconds to pixels and back, and stores the visible part.

import { clamp } from "./format.js";
import { model } from "./model.js";
import { changed, state } from "./state.js";

/** The pixels that are free on both sides of the time line. */
export const MARGIN = 8;

/** The width of the time line in pixels. The table sets it. */
export const line = { width: 300 };

export const isZoomed = () => state.from > 0 || state.to < model.length;

export function toPixels(time, width = line.width, from = state.from, to = state.to) {
  return MARGIN + ((time - from) / (to - from)) * (width - 2 * MARGIN);
}

export function toTime(pixels, from = state.from, to = state.to) {
  return from + ((pixels - MARGIN) / (line.width - 2 * MARGIN)) * (to - from);
}

/** Returns round times for ticks between two times, and the step between them. */
export function ticksOf(from, to, width) {
  const wanted = Math.max(2, width / 92);
  const raw = Math.max((to - from) / wanted, 1e-6);
  const power = 10 ** Math.floor(Math.log10(raw));
  const digit = raw / power;
  const step = (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
  const times = [];
  for (let time = Math.ceil(from / step - 1e-9) * step; time <= to + step * 1e-6; time += step) {
    times.push(time);
  }
  return { times, step };
}

export function tickLabel(time, step) {
  if (Math.abs(time) < 1e-9) return "0";
  if (step >= 60000) return (time / 60000).toFixed(0) + " min";
  if (step >= 1000) return (time / 1e3).toFixed(0) + " s";
  if (state.to >= 2000 && step >= 10) return (time / 1e3).toFixed(step >= 100 ? 1 : 2) + " s";
  if (step >= 1) return time.toFixed(0) + " ms";
  return step >= 0.1 ? time.toFixed(1) + " ms" : (time * 1e3).toFixed(0) + " µs";
}

const shortestView = () => Math.max(model.length / 20000, 0.02);
let animation = 0;

/** Shows a part of the time line. */
export function show(from, to, { smoothly = false } = {}) {
  const width = clamp(to - from, shortestView(), model.length);
  const start = clamp(from, 0, model.length - width);
  cancelAnimationFrame(animation);
  if (!smoothly || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    setView(start, start + width, true);
    return;
  }
  const [oldFrom, oldTo] = [state.from, state.to];
  const begin = performance.now();
  const step = now => {
    const part = clamp((now - begin) / 160, 0, 1);
    const eased = 1 - (1 - part) ** 3;
    const between = (a, b) => a + (b - a) * eased;
    setView(between(oldFrom, start), between(oldTo, start + width), part === 1);
    if (part < 1) animation = requestAnimationFrame(step);
  };
  animation = requestAnimationFrame(step);
}

function setView(from, to, isFinal) {
  state.from = from;
  state.to = to;
  changed("view", isFinal);
}

/** Zooms by a factor, and keeps one time where it is. */
export function zoomAt(time, factor, smoothly = false) {
  const from = time - (time - state.from) * factor;
  show(from, from + (state.to - state.from) * factor, { smoothly });
}

/** Zooms around the chosen run if it is in sight, and around the middle otherwise. */
export function zoom(factor) {
  const run = model.nodes.get(state.chosen);
  const inSight = run && run.start < state.to && run.end > state.from;
  const from = inSight ? Math.max(run.start, state.from) : state.from;
  const to = inSight ? Math.min(run.end, state.to) : state.to;
  zoomAt((from + to) / 2, factor, true);
}

export function pan(share) {
  const shift = (state.to - state.from) * share;
  show(state.from + shift, state.to + shift, { smoothly: true });
}

export const showAll = () => show(0, model.length, { smoothly: true });

const marginOf = run => Math.max((run.end - run.start) * 0.06, model.length / 20000);

/** Shows the time of a run, or all of the time line if it is already shown so. */
export function fit(run, orAll = false) {
  if (!run) return showAll();
  const from = clamp(run.start - marginOf(run), 0, model.length);
  const isFitted = isZoomed() && Math.abs(state.from - from) < model.length * 1e-4;
  if (orAll && isFitted) return showAll();
  return show(from, run.end + marginOf(run), { smoothly: true });
}
