// The recording in the page: the data block of the file, and what arrives later if the page follows
// a running program. README.md describes the format.

import { addPayloads } from "./payload.js";

const loaded = {
  title: "",
  facts: {},
  runs: [],
  findings: [],
  before: null,
  live: null,
  events: 0,
};
const places = new Map();

const list = value => (Array.isArray(value) ? value : []);
const object = value => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

/** Reads the data block. A block that is not a recording gives an empty recording with an error. */
export function read(text) {
  let data;
  try {
    data = object(JSON.parse(text));
  } catch (error) {
    data = {};
    loaded.broken = `The recording in this file cannot be read: ${error.message}`;
  }
  if (data.v > 1) {
    loaded.broken = `The recording has the format ${data.v}, but this page reads format 1.`;
  }
  addPayloads(list(data.payloads));
  loaded.live = data.live?.url ? { url: String(data.live.url), next: data.live.next ?? 0 } : null;
  if (data.before) {
    const before = object(data.before);
    loaded.before = {
      title: String(before.title ?? "the other recording"),
      facts: object(before.facts),
      runs: list(before.runs),
      pairs: Array.isArray(before.pairs) ? before.pairs : null,
    };
  }
  merge(data);
  return loaded;
}

/** Adds what has changed in a running program. Returns `false` if the page has missed something. */
export function update(data) {
  if (data.payloads && !addPayloads(list(data.payloads.values), data.payloads.from)) return false;
  merge(data);
  return true;
}

function merge(data) {
  if (data.title != null) loaded.title = String(data.title);
  if (data.facts) loaded.facts = object(data.facts);
  if (data.findings) loaded.findings = list(data.findings);
  if (data.events != null) loaded.events = data.events;
  if (data.at != null) loaded.at = data.at;
  // How far the program has come, while runs have no end.
  if (data.now != null) loaded.now = data.now;
  for (const run of list(data.runs).map(object)) {
    const id = String(run.id);
    if (places.has(id)) loaded.runs[places.get(id)] = run;
    else {
      places.set(id, loaded.runs.length);
      loaded.runs.push(run);
    }
  }
}
