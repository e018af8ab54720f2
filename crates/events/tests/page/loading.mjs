// Checks a page after it has loaded: no messages, complete, safe, fast, and without layout shifts.

import path from "node:path";
import { drawn, expect, expectEqual, press, recordingIn, rowCount, withPage } from "./browser.mjs";
import { SIZES, viewsOf } from "./views.mjs";

/** The page loads in both themes without a message or a request. Takes the screenshots. */
export async function checkLoading(browser, file, screenshots) {
  const name = path.basename(file, ".html");
  const hasFinding = recordingIn(file).findings?.length > 0;
  for (const view of viewsOf(file)) {
    const picture = `${name}-${view.width}-${view.theme}`;
    await withPage(browser, file, view, async page => {
      await drawn(page);
      await page.screenshot({ path: path.join(screenshots, `${picture}.png`) });
      if (!hasFinding) return;
      await press(page, "]");
      await page.screenshot({ path: path.join(screenshots, `${picture}-finding.png`) });
    });
  }
}

// Unfolds all rows and all groups, and returns the runs in the rows. The rows of a group appear below it,
// so that one pass from top to bottom finds the groups in groups too.
async function allRows(page) {
  const label = await page.locator('.bar [aria-label="Unfold all"]').count();
  if (label) await press(page, "e");
  return page.evaluate(async () => {
    const grid = document.querySelector(".grid");
    const painted = () =>
      new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const seen = new Map();
    for (let top = 0; ; top += grid.clientHeight - 100) {
      grid.scrollTop = top;
      await painted();
      const folded = '.row.group[aria-expanded="false"] .toggle';
      for (let last, toggle; (toggle = document.querySelector(folded));) {
        const { id } = toggle.closest(".row").shows;
        if (id === last) throw new Error(`a click does not unfold the group ${id}`);
        last = id;
        toggle.click();
        await painted();
      }
      for (const row of document.querySelectorAll(".row")) {
        const { id, isGroup, isGone } = row.shows;
        seen.set(id, { isGroup: Boolean(isGroup), isGone: Boolean(isGone) });
      }
      if (top + grid.clientHeight >= grid.scrollHeight) break;
    }
    return [...seen.values()];
  });
}

/** Unfolded, the table has one row for each run, and one for each group. */
export async function checkRows(browser, file) {
  const { runs = [] } = recordingIn(file);
  await withPage(browser, file, {}, async page => {
    const rows = await allRows(page);
    const shown = rows.filter(row => !row.isGroup && !row.isGone).length;
    expectEqual(shown, runs.length, "rows of runs");
    expectEqual(
      await rowCount(page),
      rows.length,
      "the number of rows that assistive software receives",
    );
  });
}

/** Nothing in the recording becomes a part of the document. */
export async function checkSafety(browser, file) {
  const { runs = [] } = recordingIn(file);
  await withPage(browser, file, {}, async page => {
    for (const run of runs.slice(0, 30)) {
      for (const tab of ["overview", "io"]) {
        const address = "#" + new URLSearchParams({ run: String(run.id), tab });
        await page.evaluate(hash => {
          location.hash = hash;
        }, address);
        await drawn(page);
        const bad = await page.evaluate(() => {
          const isOurs = node => !node.closest("svg") && !node.closest("#data");
          const attributes = [...document.querySelectorAll("body *")].flatMap(node =>
            node
              .getAttributeNames()
              .filter(name => name.startsWith("on"))
              .map(name => `${node.tagName} ${name}`),
          );
          const links = [...document.querySelectorAll("a")].map(link => link.getAttribute("href"));
          const pictures = [...document.querySelectorAll("img")].map(image => image.src);
          const elements = document.querySelectorAll(
            "iframe, object, embed, base, form, link, b > script, p script",
          );
          return [
            ...attributes,
            ...links.filter(link => !link.startsWith("#")),
            ...pictures.filter(
              source => !/^data:image\/(png|jpeg|gif|webp|avif|bmp);base64,/.test(source),
            ),
            ...[...elements].filter(isOurs).map(node => node.tagName),
            document.scripts.length === 2 ? null : `${document.scripts.length} scripts`,
            document.querySelectorAll("style").length === 1 ? null : "another style",
          ].filter(Boolean);
        });
        expect(!bad.length, `run ${run.id}, tab ${tab}: ${bad.join(", ")}`);
      }
    }
    // The policy must also refuse markup that the page itself would insert by mistake.
    const refused = await page.evaluate(() => {
      try {
        document.querySelector(".toast").innerHTML = "<b>x</b>";
        return false;
      } catch {
        return true;
      }
    });
    expect(refused, "the policy allows markup from a string");
  }).catch(error => {
    // The message of the policy about the attempt above is the expected one.
    const lines = String(error.message).split("\n");
    const others = lines.filter(line => !/console error: .*TrustedHTML|report-only/i.test(line));
    if (others.some(line => line.trim())) throw error;
  });
}

/**
 * A page with 10,000 events is ready and painted within two seconds. The fastest of three loads
 * counts, because other programs can slow down the others.
 */
export async function checkTime(browser, file) {
  const { events = 0 } = recordingIn(file);
  if (events < 10000) return;
  const loads = [];
  for (let load = 0; load < 3; load++) loads.push(await withPage(browser, file, {}, loadingTime));
  console.log(`        ${events} events load in ${loads.map(ms => ms.toFixed(0)).join(", ")} ms`);
  const fastest = Math.min(...loads);
  expect(fastest < 2000, `the page needs ${fastest.toFixed(0)} ms, limit 2000 ms`);
}

function loadingTime(page) {
  return page.evaluate(async () => {
    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)));
    const [ready] = performance.getEntriesByName("runnable-page-ready");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return Math.max(ready.startTime, paint?.startTime ?? Infinity);
  });
}

/** Nothing moves while the page loads, and nothing is wider than the screen. */
export async function checkLayout(browser, file) {
  for (const size of SIZES) {
    await withPage(browser, file, size, async page => {
      const { shift, width } = await page.evaluate(async () => {
        let sum = 0;
        new PerformanceObserver(list => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        await new Promise(done => setTimeout(done, 300));
        return { shift: sum, width: document.documentElement.scrollWidth };
      });
      expect(shift === 0, `at ${size.width} pixels, the layout shifts by ${shift}`);
      expect(width <= size.width, `at ${size.width} pixels, the page is ${width} pixels wide`);
    });
  }
}
