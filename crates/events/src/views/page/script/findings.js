// The findings, as cards above the table. In a comparison, the first difference is the first card.

import { element, find, icon } from "./dom.js";
import { model } from "./model.js";
import { addressOf, choose } from "./navigation.js";
import { levelOf } from "./pieces.js";
import { state } from "./state.js";
import { fit } from "./time_line.js";

const strip = find(".findings");
let cards = [];

/** Returns the number of cards. */
export const numberOfCards = () => cards.length;

function differenceCard() {
  const run = model.difference;
  if (!model.before) return [];
  if (!run)
    return [
      {
        title: "No difference",
        text: "The recordings have the same steps, inputs and outputs.",
        level: "info",
        run: null,
      },
    ];
  const what = run.isGone
    ? "The step is only in the other recording."
    : run.other
      ? `What differs: ${run.changes.join(", ")}.`
      : "The step is not in the other recording.";
  return [
    {
      title: `First difference: ${run.name}`,
      text: what,
      level: "difference",
      run,
      tab: run.other && !run.isGone ? "io" : "overview",
    },
  ];
}

export function drawFindings() {
  cards = [...differenceCard(), ...model.findings];
  strip.hidden = !cards.length;
  strip.replaceChildren(...cards.map(cardView));
  markCurrent();
}

const SYMBOLS = { error: "error", warning: "warning", info: "info", difference: "compare" };

function cardView(card, index) {
  const level = card.level === "difference" ? "difference" : levelOf(card);
  const content = [
    icon(SYMBOLS[level], level),
    element("b", null, String(card.title)),
    element("span", null, String(card.text ?? "")),
  ];
  const properties = { title: String(card.text ?? card.title) };
  if (!card.run) return element(`div.finding.${level}`, properties, content);
  const click = event => {
    // A click with a key opens the link in another tab, as for every link.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showFinding(index);
  };
  const href = addressOf(card.run, card.tab ?? "overview");
  return element(`a.finding.${level}`, { ...properties, href, on: { click } }, content);
}

/** Shows the run of a finding, in the tab that contains the evidence. */
export function showFinding(index) {
  const { run, tab } = cards[index];
  if (!run) return;
  state.tab = tab ?? "overview";
  choose(run, { center: true, again: true });
  state.finding = index;
  if (run.end < state.from || run.start > state.to) fit(run);
  markCurrent();
}

/** Shows the next finding, or the previous one. */
export function nextFinding(step) {
  if (!cards.length) return;
  const from = state.finding < 0 && step < 0 ? 0 : state.finding;
  showFinding((from + step + cards.length) % cards.length);
}

export function markCurrent() {
  [...strip.children].forEach((card, index) => {
    const isCurrent =
      state.finding >= 0
        ? index === state.finding
        : state.chosen !== null && cards[index].run?.id === state.chosen;
    card.setAttribute("aria-current", isCurrent);
    if (isCurrent && state.finding >= 0)
      card.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
