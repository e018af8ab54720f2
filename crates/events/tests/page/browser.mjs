// Opens pages in Chromium.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { execFileSync } from "node:child_process";

// The packages are installed in the current folder, and not beside this file.
export const require = createRequire(pathToFileURL(path.join(process.cwd(), "package.json")));

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // Try the next name.
    }
  }
  throw new Error("missing Chromium: install it, or set CHROMIUM to its path");
}

export function openBrowser() {
  const { chromium } = require("playwright-core");
  return chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
}

/** Returns the recording in a file. */
export function recordingIn(file) {
  const html = readFileSync(file, "utf8");
  const begin = '<script id="data" type="application/json">';
  const start = html.indexOf(begin) + begin.length;
  return JSON.parse(html.slice(start, html.indexOf("</script>", start)));
}

/**
 * Opens a page, and calls `use` with it. Fails if the page writes to the console, throws an error, or
 * requests anything but itself.
 */
export async function withPage(browser, file, options, use) {
  const { width = 1600, height = 1000, theme = "light", hash = "", touch = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    hasTouch: touch,
    isMobile: touch,
  });
  const page = await context.newPage();
  const problems = [];
  page.on("console", message => problems.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", error => problems.push(`error: ${error.stack}`));
  const url = file.startsWith("http") ? file : pathToFileURL(file).href;
  const isOwn = request => file.startsWith("http") && request.startsWith(new URL(url).origin);
  page.on("request", request => {
    const address = request.url();
    if (!address.startsWith(url) && !address.startsWith("data:") && !isOwn(address)) {
      problems.push(`request of ${address}`);
    }
  });
  page.on("dialog", dialog => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  try {
    await page.goto(url + hash);
    await page.waitForFunction(
      () => performance.getEntriesByName("runnable-page-ready").length > 0,
    );
    const value = await use(page);
    if (problems.length) throw new Error(problems.join("\n"));
    return value;
  } finally {
    await context.close();
  }
}

/** Waits until the page has drawn. */
export async function drawn(page) {
  await page.evaluate(
    () =>
      new Promise(done =>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))),
      ),
  );
}

/** Presses keys, one after the other. */
export async function press(page, ...keys) {
  for (const key of keys) {
    await page.keyboard.press(key);
    await drawn(page);
  }
}

/** Returns the number of rows of the table, whether they are in sight or not. */
export async function rowCount(page) {
  await drawn(page);
  return page.evaluate(
    () => Number(document.querySelector(".grid").getAttribute("aria-rowcount")) - 1,
  );
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}

export function expectEqual(found, expected, what) {
  expect(found === expected, `${what}: expected ${expected}, found ${found}`);
}
