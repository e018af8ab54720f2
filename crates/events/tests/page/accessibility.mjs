// Checks the page with axe-core, in several states and both themes.

import { readFileSync } from "node:fs";
import { drawn, expect, press, require, withPage } from "./browser.mjs";
import { isThorough, viewsOf } from "./views.mjs";

const VIEWS = [
  { width: 1600, height: 1000, theme: "light" },
  { width: 1600, height: 1000, theme: "dark" },
  { width: 360, height: 740, theme: "light", touch: true },
];

export async function checkAccessibility(browser, file) {
  const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  const violations = [];
  for (const { theme, ...size } of isThorough(file) ? VIEWS : viewsOf(file)) {
    await withPage(browser, file, { ...size, theme }, async page => {
      await page.evaluate(source);
      const look = async state => {
        const found = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
        for (const { id, help, nodes } of found.violations) {
          violations.push(
            `${state}, ${theme}, ${size.width}: ${id}: ${help}: ${nodes[0].html.slice(0, 200)}`,
          );
        }
      };
      await look("whole");
      if (!isThorough(file) && size.touch) return;
      await press(page, "ArrowDown", "ArrowDown");
      for (const key of ["1", "2", "4"]) {
        await press(page, key);
        await look(`tab ${key}`);
      }
      // The help is the same on all pages.
      if (!isThorough(file)) return;
      await press(page, "?");
      await drawn(page);
      await look("help");
    });
  }
  expect(!violations.length, [...new Set(violations)].join("\n"));
}
