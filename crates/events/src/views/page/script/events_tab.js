// The tab "Events" of a run: its events in order, and its data as JSON.

import { causeOf } from "./bars.js";
import { pieces } from "./chunks_tab.js";
import { copyButton } from "./clipboard.js";
import { element } from "./dom.js";
import { duration, plural } from "./format.js";
import { jsonTree } from "./json_tree.js";
import { expand } from "./payload.js";
import { growing, heading } from "./pieces.js";

export function eventsTab(run) {
  const events = eventsOf(run);
  const record = expand(run.raw);
  const row = ({ at, name, data }) =>
    element(
      "li",
      null,
      element("span", null, duration(run.shift + at)),
      element("span", null, name),
      element("span", null, preview(data)),
    );
  const lines = () =>
    events
      .map(({ at, name, data }) =>
        JSON.stringify({ at_ms: at, event: name, run_id: run.id, data: expand(data) }),
      )
      .join("\n");
  return [
    heading(
      plural(events.length, "event"),
      "time on the time line",
      copyButton(lines, "Copy as JSON lines"),
    ),
    growing(events, 200, row, element("ol.events")),
    heading(
      "Record",
      null,
      copyButton(() => JSON.stringify(record, null, 2), "Copy record"),
    ),
    element("div.pane", null, jsonTree(record, 1)),
  ];
}

function eventsOf(run) {
  const { raw } = run;
  const events = [{ at: raw.start, name: "start", data: raw.input }];
  const add = (at, name, data) => events.push({ at, name, data });
  const texts = pieces(run);
  (run.chunks?.at ?? []).forEach((at, index) => add(at, "chunk", texts[index]));
  for (const retry of raw.retries ?? []) add(retry.at, "retry", retry);
  for (const fallback of raw.fallbacks ?? []) add(fallback.at, "fallback", fallback);
  for (const wait of raw.waits ?? []) add(wait.to, "wait", wait);
  for (const exchange of raw.http ?? [])
    add(exchange.first_byte ?? exchange.end ?? exchange.start, "http", exchange);
  for (const custom of raw.custom ?? []) add(custom.at, String(custom.name), custom.data);
  if (!run.isOpen) {
    if (run.status === "error") add(raw.end, "error", raw.error);
    else if (run.status === "cancelled") add(raw.end, "cancelled", causeOf(run));
    else add(raw.end, "end", raw.output);
  }
  return events.sort((a, b) => a.at - b.at);
}

function preview(value) {
  if (value === undefined) return "";
  const whole = expand(value);
  const text =
    typeof whole === "string" ? JSON.stringify(whole.slice(0, 200)) : (JSON.stringify(whole) ?? "");
  return text.length > 160 ? text.slice(0, 160) + "…" : text;
}
