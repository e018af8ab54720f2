// Values: inputs, outputs, and all other JSON of a recording.
//
// A value is JSON in which `{"$": 7}` refers to the entry 7 of the pool, so that a document that many
// runs receive is stored once. An entry refers only to entries before it. A key of an object that
// begins with `$` has one more `$` in the file than in the recording.

const DEEPEST = 200;
const TOO_DEEP = "… (nested too deeply to show)";

const pool = [];
const expanded = [];
const scanned = [];

/** Adds entries to the pool. `from` is the number of the first, for a run that is followed live. */
export function addPayloads(values, from = pool.length) {
  if (from > pool.length) return false;
  values.forEach((value, offset) => {
    const index = from + offset;
    if (index >= pool.length) pool.push(value);
  });
  return true;
}

/** Returns the number of the entry to which a value refers, or -1 if it is not a reference. */
export function referenceOf(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return -1;
  const index = value.$;
  return Number.isInteger(index) && index >= 0 && Object.keys(value).length === 1 ? index : -1;
}

/** Returns the value with all its references resolved. Entries that are shared stay one object. */
export function expand(value) {
  return expandBelow(value, pool.length, 0);
}

function expandBelow(value, limit, depth) {
  if (value === null || typeof value !== "object") return value;
  if (depth > DEEPEST) return TOO_DEEP;
  const index = referenceOf(value);
  if (index >= 0) {
    // An entry that refers to itself or to a later entry would never end.
    if (index >= limit) return undefined;
    if (!(index in expanded)) expanded[index] = expandBelow(pool[index], index, depth + 1);
    return expanded[index];
  }
  if (Array.isArray(value)) {
    return value.map(item => expandBelow(item, limit, depth + 1) ?? null);
  }
  const object = Object.create(null);
  for (const key of Object.keys(value)) {
    object[key.startsWith("$") ? key.slice(1) : key] = expandBelow(value[key], limit, depth + 1);
  }
  return object;
}

/** Returns a value as text: a string unchanged, and any other value as JSON. */
export function textOf(value) {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

/** Returns `true` if both values are the same entry of the pool. */
export function isSameEntry(a, b) {
  const index = referenceOf(a);
  return index >= 0 && index === referenceOf(b);
}

/** Returns `true` if both values are equal. */
export function isEqual(a, b) {
  if (a === undefined || b === undefined) return a === b;
  if (isSameEntry(a, b)) return true;
  return lengthOf(a) === lengthOf(b) && JSON.stringify(expand(a)) === JSON.stringify(expand(b));
}

/** Returns the approximate number of characters of a value, without resolving its references. */
export function lengthOf(value) {
  if (value === undefined) return 0;
  const scan = scanOf(value);
  return scan.text.length + scan.references.reduce((sum, index) => sum + scanned[index].total, 0);
}

// The words of a value, in lower case: its keys, strings and numbers, without the syntax of JSON. The
// words of the entries to which it refers are not repeated, so that a search reads each entry once.
function scanOf(value) {
  const index = referenceOf(value);
  if (index >= 0 && index < pool.length) {
    scanUpTo(index);
    return scanned[index];
  }
  return scan(value, pool.length);
}

function scanUpTo(index) {
  for (let next = scanned.length; next <= index; next++) {
    const entry = scan(pool[next], next);
    entry.total = entry.references.reduce(
      (sum, reference) => sum + scanned[reference].total,
      entry.text.length,
    );
    scanned.push(entry);
  }
}

function scan(value, limit) {
  const words = [];
  const references = [];
  const visit = (part, depth) => {
    if (depth > DEEPEST) return;
    if (part === null || typeof part !== "object") {
      words.push(String(part));
      return;
    }
    const index = referenceOf(part);
    if (index >= 0) {
      if (index < limit) references.push(index);
    } else if (Array.isArray(part)) {
      for (const item of part) visit(item, depth + 1);
    } else {
      for (const key of Object.keys(part)) {
        const scalar = part[key] === null || typeof part[key] !== "object";
        words.push(scalar ? `${key}: ${part[key]}` : key);
        if (!scalar) visit(part[key], depth + 1);
      }
    }
  };
  visit(value, 0);
  for (const index of references) scanUpTo(index);
  return { text: words.join("\n").toLowerCase(), references };
}

/** Returns a function that returns whether a value contains the text, which is in lower case. */
export function finder(text) {
  scanUpTo(pool.length - 1);
  const found = [];
  const contains = ({ text: words, references }) =>
    words.includes(text) || references.some(index => found[index]);
  // An entry refers to earlier entries only, so one pass suffices.
  for (const entry of scanned) found.push(contains(entry));
  return value => {
    if (value === undefined) return false;
    const index = referenceOf(value);
    return index >= 0 ? found[index] === true : contains(scan(value, pool.length));
  };
}
