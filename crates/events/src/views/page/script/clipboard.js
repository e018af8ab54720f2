// Copying, and short messages about it.

import { element, find, icon } from "./dom.js";

const toast = find(".toast");
let toastTimer = 0;

export function say(text) {
  toast.textContent = text;
  toast.classList.add("visible");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("visible"), 1600);
}

/** Copies a text, and shows a message. */
export async function copy(text, message = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    say(message);
  } catch {
    say(copySelected(text) ? message : "The browser did not allow copying");
  }
}

// A page that was opened from a file may not use the clipboard interface.
function copySelected(text) {
  const box = element("textarea", {
    css: { position: "fixed", opacity: "0" },
    "aria-hidden": "true",
  });
  box.value = text;
  const focused = document.activeElement;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

/** Makes a button that copies the text that `text` returns. */
export function copyButton(text, label = "Copy") {
  const click = event => {
    event.stopPropagation();
    copy(text());
  };
  return element(
    "button.icon-button",
    { type: "button", title: label, "aria-label": label, on: { click } },
    icon("copy"),
  );
}
