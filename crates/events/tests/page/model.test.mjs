// Checks the numbers that the page derives from a recording, without a browser: `node --test`.
//
// The modules are copied, because Node.js takes a file for a module only beside a `package.json`.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

const scripts = path.resolve(import.meta.dirname, "../../src/views/page/script");
const copy = mkdtempSync(path.join(tmpdir(), "runnable-page-"));
cpSync(scripts, copy, { recursive: true });
writeFileSync(path.join(copy, "package.json"), '{"type":"module"}');
after(() => rmSync(copy, { recursive: true }));

const load = name => import(pathToFileURL(path.join(copy, name)).href);

const { treeOf, setTimes } = await load("tree.js");
const { setTotals } = await load("totals.js");
const { setCriticalPaths, timeOnPath } = await load("critical_path.js");
const { pairRuns, addGone, setChanges, firstDifference } = await load("compare.js");
const { grouped } = await load("groups.js");
const { addPayloads, expand, finder, isEqual, lengthOf } = await load("payload.js");
const { money } = await load("format.js");
const { noteOf } = await load("bars.js");

const run = (id, parent, start, end, more = {}) => ({
  id,
  parent,
  name: id,
  kind: "chain",
  start,
  end,
  status: "ok",
  ...more,
});

function treeWith(runs) {
  const tree = treeOf(runs);
  setTimes(tree.order, () => 0, null);
  tree.order.forEach((node, index) => {
    node.index = index;
  });
  setTotals(tree.order);
  setCriticalPaths(tree.roots, tree.order);
  return tree;
}

const sequence = step => ({ position: `seq:step:${step}` });

// A model that streams from 40 to 100, and a step that holds its chunks back until 101.
const held = [
  run("root", null, 0, 110, { first: 101 }),
  run("fetch", "root", 0, 20, sequence(1)),
  run("model", "root", 20, 100, {
    ...sequence(2),
    kind: "chat_model",
    first: 40,
    chunks: { at: [40, 100], len: [1, 1] },
  }),
  run("hold", "root", 40, 102, { ...sequence(3), first: 101, chunks: { at: [101], len: [2] } }),
];

test("a path covers the time from the start to what it leads to", () => {
  const { order, byId } = treeWith(held);
  const sum = name => order.reduce((total, node) => total + timeOnPath(node, name), 0);
  assert.equal(sum("end"), 110);
  assert.equal(sum("first"), 101);
  assert.equal(timeOnPath(byId.get("model"), "end"), 80);
  assert.equal(timeOnPath(byId.get("model"), "first"), 20);
  assert.equal(timeOnPath(byId.get("hold"), "first"), 61);
});

test("a path does not lead to a run that is still going and has no chunk", () => {
  const { byId } = treeWith([
    run("root", null, 0, 100),
    run("first", "root", 0, 50),
    run("beside", "root", 10, 90),
    run("last", "root", 50, 100),
  ]);
  assert.equal(timeOnPath(byId.get("first"), "end"), 50);
  assert.equal(timeOnPath(byId.get("beside"), "end"), 0);
  assert.equal(timeOnPath(byId.get("last"), "end"), 50);
});

test("the own time of a step excludes the time in which the step before it runs", () => {
  const { byId } = treeWith(held);
  assert.equal(byId.get("hold").ownTime, 2);
  assert.equal(byId.get("model").ownTime, 80);
  assert.equal(byId.get("root").form, "sequence");
  assert.equal(byId.get("hold").form, "function");
});

test("a step that stopped the stream is said to hold it from the first chunk on", () => {
  const late = held.map(step => (step.id === "hold" ? { ...step, start: 100 } : step));
  const { byId } = treeWith(late);
  const hold = byId.get("hold");
  hold.flags.push({ code: "stopped_stream" });
  assert.equal(noteOf(hold), "▲ held 61 ms");
});

test("an unknown cost is never counted as free", () => {
  const calls = [
    run("root", null, 0, 9),
    run("a", "root", 0, 1, { cost: "0.5" }),
    run("b", "root", 1, 2, { cost: "unknown" }),
  ];
  const { byId } = treeWith(calls);
  assert.equal(money(byId.get("root").totals), "≥ $0.5000");
  assert.equal(money(byId.get("b").totals), "unknown");
});

test("a run without an end lasts until the last event of its root", () => {
  const { byId } = treeWith([
    run("root", null, 0, undefined),
    run("a", "root", 5, 30),
    run("b", null, 0, 90),
  ]);
  assert.equal(byId.get("root").end, 30);
});

test("each run of a cycle is shown once", () => {
  const { order } = treeWith([run("a", "b", 0, 1), run("b", "a", 0, 1), run("c", "c", 0, 1)]);
  assert.deepEqual(order.map(node => node.id).sort(), ["a", "b", "c"]);
});

test("similar siblings become a group, and others do not", () => {
  const items = Array.from({ length: 9 }, (_, index) =>
    run(`case-${index}`, "root", index, index + 1, { item: index }),
  );
  const { byId } = treeWith([run("root", null, 0, 20), ...items, run("report", "root", 10, 20)]);
  const rows = grouped(byId.get("root").children, byId.get("root"));
  assert.deepEqual(
    rows.map(row => row.name),
    ["case", "report"],
  );
  assert.equal(rows[0].atOnce, 1);
  assert.equal(rows[0].spread.median, 1);
});

test("references are resolved, escaped keys are restored, and circles end", () => {
  addPayloads(["Document", { text: { $: 0 } }, [{ $: 2 }, { $: 3 }]]);
  assert.deepEqual(JSON.parse(JSON.stringify(expand({ a: { $: 1 }, $$b: 1, $$: 2 }))), {
    a: { text: "Document" },
    $b: 1,
    $: 2,
  });
  assert.deepEqual(expand({ $: 2 }), [null, null]);
  assert.equal(expand({ $: 99 }), undefined);
  assert.equal(Object.getPrototypeOf(expand(JSON.parse('{"__proto__":{"x":1}}'))), null);
  assert.ok(finder("docu")({ $: 1 }));
  assert.ok(!finder("docu")({ $: 2 }));
  assert.ok(isEqual({ $: 0 }, "Document"));
  assert.equal(lengthOf({ $: 1 }), "text".length + "document".length);
});

test("the first difference is the run whose own behaviour has changed", () => {
  const steps = answer => [
    run("root", null, 0, 30, { output: answer }),
    run("a", "root", 0, 10, { ...sequence(1), output: "same" }),
    run("b", "root", 10, 20, { ...sequence(2), input: "same", output: answer }),
    run("c", "root", 20, 30, { ...sequence(3), input: answer, output: answer }),
  ];
  const now = treeWith(steps("new"));
  const before = treeWith([...steps("old"), run("d", "root", 29, 30, sequence(4))]);
  pairRuns(now.roots, before, null, now.byId);
  addGone(now.roots, before);
  const order = [now.roots[0], ...now.roots[0].children];
  setChanges(order);
  assert.equal(firstDifference(order).id, "b");
  assert.deepEqual(
    order.map(node => node.changes.join()),
    ["output", "", "output", "input,output", "only before"],
  );
});

test("the list of parts has every file, and modules after those that they import", () => {
  const folder = path.resolve(scripts, "..");
  const parts = readFileSync(path.join(folder, "parts.txt"), "utf8").trim().split("\n");
  const files = ["style", "script"].flatMap(name =>
    readdirSync(path.join(folder, name)).map(file => `${name}/${file}`),
  );
  assert.deepEqual(parts.toSorted(), files.sort());
  for (const [index, part] of parts.entries()) {
    const text = readFileSync(path.join(folder, part), "utf8");
    for (const [, imported] of text.matchAll(/^(?:import|\}) .*from "\.\/(.+)";$/gm)) {
      const at = parts.indexOf(`script/${imported}`);
      assert.ok(at >= 0 && at < index, `${part} imports ${imported}, which comes later`);
    }
  }
});

test("modules do not use the same name for different things", () => {
  const owners = new Map();
  const declaration =
    /^(?:export )?(?:async )?(?:function\*?|const|let|class) (?:(\w+)|[{[](.+?)[}\]])/gm;
  for (const file of readdirSync(scripts)) {
    for (const [, name, names] of readFileSync(path.join(scripts, file), "utf8").matchAll(
      declaration,
    )) {
      for (const one of (name ?? names).split(",").map(word => word.trim())) {
        assert.ok(!owners.has(one), `${one} is declared in ${owners.get(one)} and in ${file}`);
        owners.set(one, file);
      }
    }
  }
});
