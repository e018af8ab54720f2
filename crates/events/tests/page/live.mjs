// Checks a page that follows a program. A program writes the recording piece by piece.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, expectEqual, rowCount, withPage } from "./browser.mjs";

/** `program` is the program `runnable`, and `source` a complete recording. */
export async function checkLive(browser, program, source, screenshots) {
  const folder = mkdtempSync(path.join(tmpdir(), "page-"));
  const recording = path.join(folder, "run.jsonl");
  const lines = readFileSync(source, "utf8").split(/(?<=\n)/);
  const half = Math.ceil(lines.length / 2);
  const append = (from, to) => appendFileSync(recording, lines.slice(from, to).join(""));
  const server = spawn(program, ["follow", recording, "--page"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exit = once(server, "exit");
  try {
    const [url] = await once(createInterface({ input: server.stdout }), "line");
    await withPage(browser, url, {}, async page => {
      await page.getByText("Waiting for the first run").waitFor();
      await mark(page);
      append(0, half);
      const first = await grown(page, 0);
      expect(await isMarked(page), "the page has loaded itself again for the first runs");
      // Another program starts with an empty recording.
      truncateSync(recording);
      await page.getByText("Waiting for the first run").waitFor();
      expect(!(await isMarked(page)), "the page shows two recordings at once");

      await mark(page);
      append(0, half);
      expectEqual(await grown(page, 0), first, "rows after the restart");
      await page.locator(".pill.live").first().waitFor();
      await page.screenshot({ path: path.join(screenshots, "live-running.png") });
      append(half);
      await grown(page, first);
      await page.locator(".pill.live").first().waitFor({ state: "detached" });
      expect(await page.title().then(title => title.includes("running")), "the title is wrong");

      server.kill("SIGINT");
      await page.getByText("The program has ended").waitFor();
      expect(!(await page.title()).includes("running"), "the title does not state the end");
      expect(!(await page.locator(".live-state").isVisible()), "the page has lost the program");
      expect(await isMarked(page), "the page has loaded itself again");
      await page.screenshot({ path: path.join(screenshots, "live-ended.png") });
    });
    const [code] = await exit;
    expectEqual(code, 130, "the exit code");
  } finally {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

/** Waits until the table has more rows, and returns their number. */
async function grown(page, rows) {
  await page.waitForFunction(before => {
    const count = Number(document.querySelector(".grid").getAttribute("aria-rowcount")) - 1;
    return count > before;
  }, rows);
  return rowCount(page);
}

// A mark in the window is lost if the page loads itself again.
const mark = page => page.evaluate(() => void (window.isMarked = true));
const isMarked = page => page.evaluate(() => window.isMarked === true);
