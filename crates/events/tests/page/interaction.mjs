// Checks the actions of a reader: fold, search, filter, and follow links, by mouse and by keyboard.

import { drawn, expect, expectEqual, press, recordingIn, rowCount, withPage } from "./browser.mjs";

const chosen = page => page.evaluate(() => document.querySelector(".row.chosen")?.shows.id ?? null);
const counter = page => page.locator(".counter").innerText();
const nameOf = run => String(run.name ?? "");

/** A row folds and unfolds, by mouse and by keyboard. */
export async function checkFolding(browser, file) {
  const { runs = [] } = recordingIn(file);
  if (!runs.some(run => run.parent != null && runs.some(other => other.id === run.parent))) return;
  await withPage(browser, file, {}, async page => {
    const before = await rowCount(page);
    const open = page.locator('.row[aria-expanded="true"] .toggle:not(.none)').first();
    await open.click();
    const folded = await rowCount(page);
    expect(folded < before, `a click does not fold: ${before} rows before, ${folded} after`);
    await page.locator('.row[aria-expanded="false"] .toggle:not(.none)').first().click();
    expectEqual(await rowCount(page), before, "rows after a click unfolds");
    await page.locator('.row[aria-expanded="true"] .name').first().click();
    await press(page, "ArrowLeft");
    expectEqual(await rowCount(page), folded, "rows after ArrowLeft folds");
    await press(page, "ArrowRight");
    expectEqual(await rowCount(page), before, "rows after ArrowRight unfolds");
    await press(page, "Home", "ArrowDown", "ArrowUp", "End");
    expect((await chosen(page)) !== null, "the End key chooses no row");
  });
}

/** The search finds names and payloads, marks them, and goes to the next match. */
export async function checkSearch(browser, file) {
  const { runs = [] } = recordingIn(file);
  if (!runs.length) return;
  const wanted = nameOf(runs[Math.floor(runs.length / 2)]);
  await withPage(browser, file, {}, async page => {
    await press(page, "/");
    await page.keyboard.type(wanted);
    await page.waitForTimeout(250);
    const found = Number((await counter(page)).replaceAll(",", "").split(" of ")[0]);
    const least = runs.filter(run =>
      nameOf(run).toLowerCase().includes(wanted.trim().toLowerCase()),
    ).length;
    expect(
      found >= least,
      `the search for ${wanted} finds ${found} runs, expected at least ${least}`,
    );
    await press(page, "Enter");
    const first = await chosen(page);
    expect(first !== null, "Enter goes to no match");
    const marks = await page.evaluate(() => CSS.highlights.get("match")?.size ?? 0);
    expect(marks > 0, "no match is marked");
    if (found > 1) {
      await press(page, "Enter");
      expect((await chosen(page)) !== first, "Enter does not go to the next match");
    }
    await page.locator('.bar [aria-label="Next match"]').click();
    await press(page, "/");
    await page.keyboard.type("\u2402 no payload contains this \u2402");
    await page.waitForTimeout(250);
    expectEqual(await rowCount(page), 0, "rows of a search without a match");
    await page.getByText("Clear search and filters").click();
    expect((await rowCount(page)) > 0, "clearing the search shows no rows");
  });
}

/** Filters by kind, status and time leave the runs that fit. */
export async function checkFilters(browser, file) {
  const { runs = [] } = recordingIn(file);
  if (!runs.length) return;
  await withPage(browser, file, {}, async page => {
    await page.locator(".menu > summary").focus();
    await press(page, "Enter");
    const box = page.locator(".menu [data-form]").first();
    const label = page.locator(".menu label").first();
    const number = Number((await label.locator("span").innerText()).replaceAll(",", ""));
    await box.focus();
    await press(page, "Space");
    expectEqual(
      Number((await counter(page)).replaceAll(",", "").split(" of ")[0]),
      number,
      "runs of a kind",
    );
    await press(page, "Space", "Escape");

    const failed = runs.filter(run => run.status === "error").length;
    const button = page.locator('.choice [title="Errors"]');
    if (failed) {
      await button.click();
      expectEqual(
        Number((await counter(page)).replaceAll(",", "").split(" of ")[0]),
        failed,
        "failed runs",
      );
      const address = new URL(page.url());
      expect(address.hash.includes("status=error"), "the address does not contain the filter");
      await page.locator('.choice [title="All"]').click();
    }

    const all = await rowCount(page);
    await page.locator(".menu > summary").click();
    await page.locator(".menu select").selectOption("10000");
    const long = await rowCount(page);
    expect(long <= all, "the filter by time adds rows");
    await page.locator(".menu select").selectOption("0");
    await page.locator(".menu [data-view]").check();
    await press(page, "Escape");
    const axis = await page.locator(".axis").boundingBox();
    await page.mouse.move(axis.x + axis.width * 0.9, axis.y + 45);
    await page.mouse.down();
    await page.mouse.move(axis.x + axis.width * 0.97, axis.y + 45, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(300);
    expect(await page.locator(".show-all").isVisible(), "a drag on the axis does not zoom");
    expect((await rowCount(page)) <= all, "the filter by the time that is shown adds rows");
    await page.locator(".show-all").click();
    await page.waitForTimeout(300);
    expectEqual(await rowCount(page), all, "rows when all of the time is shown");
  });
}

/** Links to runs work by mouse and by keyboard, in the address, and in the history. */
export async function checkLinks(browser, file) {
  const { runs = [], findings = [] } = recordingIn(file);
  if (!runs.length) return;
  const inner =
    runs.find(run => run.parent != null && runs.some(other => other.id === run.parent)) ?? runs[0];
  const hash = "#" + new URLSearchParams({ run: String(inner.id), tab: "io" });
  await withPage(browser, file, { hash }, async page => {
    await drawn(page);
    expectEqual(await chosen(page), String(inner.id), "the run of the address");
    expectEqual(
      await page.locator('.tabs [aria-selected="true"]').getAttribute("id"),
      "tab-io",
      "the tab of the address",
    );
    const crumb = page.locator(".crumbs a").last();
    if (await crumb.count()) {
      await crumb.click();
      await drawn(page);
      expect((await chosen(page)) !== String(inner.id), "a click on a link chooses nothing");
      await page.goBack();
      await drawn(page);
      expectEqual(await chosen(page), String(inner.id), "the run after going back");
      await page.locator(".crumbs a").first().focus();
      await press(page, "Enter");
      expect((await chosen(page)) !== String(inner.id), "Enter on a link chooses nothing");
    }
    const cards = page.locator("a.finding");
    if (await cards.count()) {
      const ids = new Set(runs.map(run => String(run.id)));
      await cards.first().focus();
      await press(page, "Enter");
      expect(ids.has(await chosen(page)), "Enter on a finding chooses no run");
      await cards.last().click();
      await drawn(page);
      const expected = findings.at(-1) ? String(findings.at(-1).run) : null;
      if (ids.has(expected))
        expectEqual(await chosen(page), expected, "the run of the last finding");
    }
    // Into the details and back, and through the tabs.
    await page.locator(".grid").focus();
    await press(page, "Home", "Enter");
    const focused = await page.evaluate(() =>
      document.querySelector(".details").contains(document.activeElement),
    );
    expect(focused, "Enter does not go into the details");
    await press(page, "Escape", "4", "1");
    const handle = page.locator(".handle");
    const width = Number(await handle.getAttribute("aria-valuenow"));
    await handle.focus();
    await press(page, "ArrowRight");
    expect(
      Number(await handle.getAttribute("aria-valuenow")) > width,
      "the column does not get wider by keyboard",
    );
  });
}
