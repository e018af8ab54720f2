// Checks pages of recordings in headless Chromium, and takes screenshots of them.
//
//   node check.mjs FOLDER SCREENSHOTS [PROGRAM]
//
// FOLDER contains the pages, as files with the ending `.html`. What a page must show is taken from the
// recording in it. The pages `answer` and `large` are opened in every size and theme, the others only in
// two views. A page with at least 10,000 events must load within two seconds. PROGRAM is the program
// `runnable`, whose page follows a recording that grows: the recording `answer.jsonl` in FOLDER.
//
// The packages of `package.json` must be installed in the current folder, and Chromium must be in the
// path, or its path in the variable CHROMIUM. The last line is `N passed, N failed`.

import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { openBrowser } from "./browser.mjs";
import { checkAccessibility } from "./accessibility.mjs";
import { checkLive } from "./live.mjs";
import { checkFilters, checkFolding, checkLinks, checkSearch } from "./interaction.mjs";
import { checkLayout, checkLoading, checkRows, checkSafety, checkTime } from "./loading.mjs";

const CHECKS = [
  checkLoading,
  checkRows,
  checkSafety,
  checkTime,
  checkLayout,
  checkFolding,
  checkSearch,
  checkFilters,
  checkLinks,
  checkAccessibility,
];

const [folder, screenshots, program] = process.argv.slice(2);
if (!folder || !screenshots) {
  console.error("missing arguments: expected a folder with pages and a folder for screenshots");
  process.exit(2);
}
mkdirSync(screenshots, { recursive: true });
const files = readdirSync(folder).filter(file => file.endsWith(".html"));
if (!files.length) {
  console.error(`no pages in ${folder}: expected files with the ending .html`);
  process.exit(2);
}

const browser = await openBrowser();
const result = { passed: 0, failed: 0 };

async function run(name, check) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    await check();
    result.passed++;
    console.log(`ok      ${name} (${seconds()})`);
  } catch (error) {
    result.failed++;
    console.log(`FAILED  ${name}\n        ${String(error.message).split("\n").join("\n        ")}`);
  }
}

for (const file of files.sort()) {
  const page = path.resolve(folder, file);
  for (const check of CHECKS) {
    const name = check.name.replace("check", "").toLowerCase();
    await run(`${file}: ${name}`, () => check(browser, page, path.resolve(screenshots)));
  }
}
if (program) {
  const recording = path.join(folder, "answer.jsonl");
  await run("live", () => checkLive(browser, program, recording, path.resolve(screenshots)));
}

await browser.close();
console.log(`${result.passed} passed, ${result.failed} failed`);
process.exit(result.failed ? 1 : 0);
