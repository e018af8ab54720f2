// The pointer in the table: choosing, folding, zooming and panning, and the line at the pointer.

import { axis, brush, MAP } from "./axis.js";
import { find } from "./dom.js";
import { drag } from "./drag.js";
import { clamp, duration } from "./format.js";
import { model } from "./model.js";
import { choose, setFolded } from "./navigation.js";
import { isFolded } from "./rows.js";
import { state } from "./state.js";
import { body, grid } from "./table.js";
import { fit, isZoomed, line, MARGIN, show, showAll, toTime, zoomAt } from "./time_line.js";
import { hideTip, showTip } from "./tip.js";

const wrap = find(".table");
const cross = find(".cross");
const label = cross.firstElementChild;
const room = () => line.width - 2 * MARGIN;
const left = () => axis.getBoundingClientRect().left;
const isInMap = event => event.clientY - axis.getBoundingClientRect().top < MAP;
const timeAt = (x, inMap) => (inMap ? toTime(x, 0, model.length) : toTime(x));
const rowOf = event => event.target.closest?.(".row") ?? null;

let brushed = null;
let panned = null;
let justPanned = false;

export function listenToPointer() {
  drag(axis, { start: startOnAxis, move: moveOnAxis, end: endOnAxis });
  axis.addEventListener("dblclick", showAll);
  grid.addEventListener("wheel", onWheel, { passive: false });
  grid.addEventListener("scroll", hideTip, { passive: true });
  body.addEventListener("click", onClick);
  body.addEventListener("dblclick", onDoubleClick);
  body.addEventListener("pointerdown", startPan);
  body.addEventListener("pointermove", movePan);
  body.addEventListener("pointerup", endPan);
  body.addEventListener("pointercancel", endPan);
  wrap.addEventListener("pointermove", onMove);
  wrap.addEventListener("pointerleave", () => {
    cross.style.display = "none";
    hideTip();
  });
  listenToPinch();
}

// A drag on the axis or on the map marks a range to zoom to. A drag of the window in the map moves it.
function startOnAxis(event) {
  const x = event.clientX - left();
  const inMap = isInMap(event);
  const time = timeAt(x, true);
  const isWindow = inMap && isZoomed() && time > state.from && time < state.to;
  return { x, inMap, isWindow, from: state.from, to: state.to };
}

function moveOnAxis(distance, begin, event) {
  if (begin.isWindow) {
    const shift = (distance / room()) * model.length;
    show(begin.from + shift, begin.to + shift);
    return;
  }
  const x = clamp(event.clientX - left(), 0, line.width);
  const [from, to] = [Math.min(begin.x, x), Math.max(begin.x, x)];
  Object.assign(brush.style, { display: "block", left: from + "px", width: to - from + "px" });
  brushed = timeAt(to, begin.inMap) - timeAt(from, begin.inMap);
}

function endOnAxis(distance, begin, event) {
  brush.style.display = "none";
  brushed = null;
  if (begin.isWindow) return;
  const x = clamp(event.clientX - left(), 0, line.width);
  if (Math.abs(x - begin.x) > 4) {
    const times = [timeAt(begin.x, begin.inMap), timeAt(x, begin.inMap)];
    show(Math.min(...times), Math.max(...times), { smoothly: true });
  } else if (begin.inMap && isZoomed()) {
    const half = (state.to - state.from) / 2;
    show(timeAt(x, true) - half, timeAt(x, true) + half, { smoothly: true });
  }
}

function onWheel(event) {
  if (event.clientX < left()) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoomAt(toTime(event.clientX - left()), Math.exp(clamp(event.deltaY, -60, 60) * 0.006));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    const shift = ((event.deltaX || event.deltaY) / line.width) * (state.to - state.from);
    show(state.from + shift, state.to + shift);
  }
}

function onClick(event) {
  const row = rowOf(event)?.shows;
  if (justPanned || !row) return;
  grid.focus({ preventScroll: true });
  if (event.target.closest(".toggle")) setFolded(row, !isFolded(row));
  else choose(row, { scroll: false });
}

function onDoubleClick(event) {
  const row = rowOf(event)?.shows;
  if (!row || event.target.closest(".toggle")) return;
  if (event.target.closest(".bars")) fit(row);
  else setFolded(row, !isFolded(row));
}

function startPan(event) {
  if (event.button || !event.target.closest(".bars")) return;
  panned = {
    x: event.clientX,
    from: state.from,
    to: state.to,
    id: event.pointerId,
    isMoving: false,
  };
}

function movePan(event) {
  if (!panned) return;
  const distance = event.clientX - panned.x;
  if (!panned.isMoving && Math.abs(distance) > 4) {
    panned.isMoving = true;
    body.setPointerCapture(panned.id);
    hideTip();
  }
  if (!panned.isMoving) return;
  const shift = (-distance / room()) * (panned.to - panned.from);
  show(panned.from + shift, panned.to + shift);
}

function endPan() {
  justPanned = Boolean(panned?.isMoving);
  panned = null;
  // The click that follows a drag chooses nothing.
  if (justPanned) {
    setTimeout(() => {
      justPanned = false;
    });
  }
}

// A line over all rows at the time of the pointer, with that time.
function onMove(event) {
  const x = event.clientX - left();
  if (x < 0 || x > line.width || event.pointerType === "touch") {
    cross.style.display = "none";
    hideTip();
    return;
  }
  cross.style.display = "block";
  cross.style.left = event.clientX - wrap.getBoundingClientRect().left + "px";
  cross.classList.toggle("flipped", x > line.width - 90);
  const time = clamp(timeAt(x, isInMap(event)), 0, model.length);
  label.textContent = brushed == null ? duration(time) : "Δ " + duration(brushed);
  const row = panned?.isMoving ? null : rowOf(event);
  if (row) showTip(row.shows, event.clientX, event.clientY);
  else hideTip();
}

// Two fingers zoom: each finger stays at its time.
function listenToPinch() {
  const fingers = new Map();
  let pinched = null;
  const positions = () => [...fingers.values()].sort((a, b) => a - b).map(x => x - left());
  grid.addEventListener("pointerdown", event => {
    if (event.pointerType !== "touch" || event.clientX < left()) return;
    fingers.set(event.pointerId, event.clientX);
    if (fingers.size !== 2) return;
    panned = null;
    const [a, b] = positions();
    pinched = { from: toTime(a), to: toTime(b) };
  });
  grid.addEventListener("pointermove", event => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event.clientX);
    if (!pinched || fingers.size !== 2) return;
    const [a, b] = positions();
    if (b - a < 12) return;
    const perPixel = (pinched.to - pinched.from) / (b - a);
    const from = pinched.from - (a - MARGIN) * perPixel;
    show(from, from + perPixel * room());
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, event => {
      fingers.delete(event.pointerId);
      if (fingers.size < 2) pinched = null;
    });
  }
}
