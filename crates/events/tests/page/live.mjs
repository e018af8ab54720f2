// Checks a page that follows a running program.

import path from "node:path";
import { expect, rowCount, withPage } from "./browser.mjs";

const LIMIT = 30000;

export async function checkLive(browser, url, screenshots) {
  await withPage(browser, url, {}, async page => {
    const first = await rowCount(page);
    await page.screenshot({ path: path.join(screenshots, "live-running.png") });
    await page.locator(".pill.live").waitFor({ state: "detached", timeout: LIMIT });
    const last = await rowCount(page);
    expect(last > first, `the page does not grow: ${first} rows at first, ${last} at the end`);
    expect(!(await page.locator(".live-state").isVisible()), "the page has lost the program");
    await page.screenshot({ path: path.join(screenshots, "live-ended.png") });
  });
}
