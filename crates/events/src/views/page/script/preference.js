// Settings that the browser stores: the theme, the tab, and widths.

const PREFIX = "runnable-page.";

/** Returns a setting, or `null`. A private window or a sandboxed frame may not allow storage. */
export function preference(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** Stores a setting; `null` removes it. */
export function prefer(key, value) {
  try {
    if (value == null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, String(value));
  } catch {
    // Without storage, the setting lasts until the page is closed.
  }
}
