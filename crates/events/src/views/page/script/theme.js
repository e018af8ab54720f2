// The theme: light, dark, or the theme of the system.

import { preference, prefer } from "./preference.js";
import { changed } from "./state.js";

const NEXT = { system: "light", light: "dark", dark: "system" };
const LABELS = {
  system: { icon: "theme", text: "Theme: as the system" },
  light: { icon: "sun", text: "Theme: light" },
  dark: { icon: "moon", text: "Theme: dark" },
};

const currentTheme = () => document.documentElement.dataset.theme ?? "system";

export const themeLabel = () => LABELS[currentTheme()];

export function startTheme() {
  setTheme(preference("theme"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    changed("look", "theme"),
  );
}

function setTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** Switches from the system theme to light, to dark, and back. Returns the new theme as text. */
export function nextTheme() {
  const theme = NEXT[currentTheme()];
  setTheme(theme);
  prefer("theme", theme === "system" ? null : theme);
  changed("look", "theme");
  return themeLabel().text;
}
