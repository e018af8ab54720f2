// The tab "Input & output" of a run.

import { copyButton } from "./clipboard.js";
import { element } from "./dom.js";
import { bytes } from "./format.js";
import { plainText, roleOf, valueView } from "./messages.js";
import { model } from "./model.js";
import { expand, isEqual, isSameEntry, lengthOf, textOf } from "./payload.js";
import { heading, linkTo, noteBox } from "./pieces.js";
import { preference, prefer } from "./preference.js";
import { differenceView } from "./text_difference.js";
import { changed } from "./state.js";

const LARGEST_DIFFERENCE = 400000;

// How values are shown, for all runs: as messages and texts, as JSON, or as a difference.
const view = { asJson: preference("json") === "1", asDifference: null };

// In a comparison, show the differences by default, because readers look for them.
const isOn = key => view[key] ?? (key === "asDifference" && Boolean(model.before));

export function inputAndOutput(run) {
  const { raw } = run;
  const other = run.isGone ? null : run.other;
  const canCompare = other ? true : canCompareOwn(run);
  const buttons = [
    canCompare ? toggle("Difference", "asDifference") : null,
    toggle("JSON", "asJson"),
  ];
  if (isOn("asDifference") && other)
    return [compared("Input", run, other, buttons), compared("Output", run, other, [])];
  if (view.asDifference && canCompare) {
    const [before, after] = [raw.input, raw.output].map(value => textOf(expand(value)));
    return [heading("Input to output", null, buttons), differenceView(before, after)];
  }
  return [
    valueParts("Input", run, raw.input, buttons),
    raw.error
      ? [
          heading("Error"),
          noteBox("error", String(raw.error.kind).replace(/_/g, " "), String(raw.error.message)),
        ]
      : null,
    raw.output === undefined
      ? raw.error
        ? null
        : [heading("Output"), element("p.faint", null, whyNoOutput(run))]
      : valueParts(run.status === "ok" ? "Output" : "Output so far", run, raw.output, []),
  ];
}

function whyNoOutput(run) {
  if (run.status === "cancelled") return "None before the run was cancelled.";
  if (run.isOpen) return model.isLive ? "None yet." : "None before the recording ended.";
  return "Not recorded.";
}

function toggle(label, key) {
  const click = () => {
    view[key] = !isOn(key);
    if (key === "asJson") prefer("json", view.asJson ? "1" : null);
    changed("tab");
  };
  const style = isOn(key) ? "button.button.small.on" : "button.button.small";
  return element(style, { type: "button", "aria-pressed": isOn(key), on: { click } }, label);
}

function valueParts(title, run, value, buttons) {
  const origin = originOf(run, value);
  const remark =
    value === undefined
      ? null
      : origin
        ? [origin.words, linkTo(origin.run)]
        : bytes(lengthOf(value));
  const copy =
    value === undefined
      ? null
      : copyButton(() => textOf(expand(value)), `Copy ${title.toLowerCase()}`);
  const note =
    run.other && !run.isGone && value !== undefined ? sameAsBefore(run, title, value) : null;
  return [heading(title, remark, note, buttons, copy), valueView(expand(value), view.asJson)];
}

function sameAsBefore(run, title, value) {
  const other = title === "Input" ? run.other.raw.input : run.other.raw.output;
  return isEqual(value, other)
    ? element("span.same", null, "as before")
    : element("span.change", null, "changed");
}

// Returns the run in which a value also appears. Equal values are the same entry of the pool.
function originOf(run, value) {
  const { parent } = run;
  if (!parent) return null;
  const sibling = parent.children.find(
    other => other !== run && other.start <= run.start && isSameEntry(other.raw.output, value),
  );
  if (sibling) return { words: "the output of ", run: sibling };
  return isSameEntry(parent.raw.input, value) ? { words: "the input of ", run: parent } : null;
}

// Input and output of a function are compared with each other if both are texts or both are objects.
function canCompareOwn(run) {
  const { input, output } = run.raw;
  if (input === undefined || output === undefined || run.family !== "code" || run.form === "prompt")
    return false;
  if (isSameEntry(input, output) || lengthOf(input) + lengthOf(output) > LARGEST_DIFFERENCE)
    return false;
  const [a, b] = [expand(input), expand(output)];
  const isPlain = value => value !== null && typeof value === "object" && !roleOf(value);
  return (typeof a === "string" && typeof b === "string") || (isPlain(a) && isPlain(b));
}

function compared(title, run, other, buttons) {
  const key = title.toLowerCase();
  const values = [other.raw[key], run.raw[key]];
  if (values.every(value => value === undefined))
    return [heading(title, null, buttons), valueView(undefined)];
  const texts = values.map(value => {
    const whole = expand(value);
    return plainText(whole) || (whole === undefined ? "" : textOf(whole));
  });
  const body = isEqual(...values)
    ? element("p.faint", null, "The same in both recordings.")
    : differenceView(...texts);
  return [
    heading(title, isEqual(...values) ? null : "from the other recording to this one", buttons),
    body,
  ];
}
