// Colours and surfaces of the drawings.

const COLOUR_NAMES = [
  "bg",
  "bg-2",
  "bg-3",
  "line",
  "line-2",
  "text",
  "text-2",
  "text-3",
  "accent",
  "model",
  "service",
  "code",
  "holder",
  "cancelled",
  "error",
  "warning",
];

/** The colours of the theme, by the names of the tokens in the style sheet. */
export const colours = {};

let hatches = new Map();
let density = 1;

/** Reads the colours from the style sheet, because a canvas cannot use its tokens. */
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const token of COLOUR_NAMES) colours[token] = style.getPropertyValue("--" + token).trim();
  colours.font = style.getPropertyValue("--sans").trim();
  density = window.devicePixelRatio || 1;
  hatches = new Map();
}

/** Returns the context of a canvas, cleared, with this size in CSS pixels. */
export function surface(canvas, width, height) {
  const [columns, rows] = [width, height].map(size => Math.max(1, Math.round(size * density)));
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
  }
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Returns a hatched pattern, which marks time that is spent waiting. */
export function hatch(context, colour) {
  if (!hatches.has(colour)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = Math.round(6 * density);
    const pen = tile.getContext("2d");
    pen.scale(tile.width / 6, tile.width / 6);
    pen.strokeStyle = colour;
    pen.lineWidth = 1.3;
    pen.beginPath();
    for (let offset = -6; offset <= 6; offset += 6) {
      pen.moveTo(offset - 1, 7);
      pen.lineTo(offset + 7, -1);
    }
    pen.stroke();
    const pattern = context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(6 / tile.width));
    hatches.set(colour, pattern);
  }
  return hatches.get(colour);
}

/** Returns the colour of the bar of a run. */
export function colourOf(run) {
  if (run.status === "error") return colours.error;
  if (run.status === "cancelled") return colours.cancelled;
  return colours[run.family];
}
