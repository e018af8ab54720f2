// Makes the elements of the page.
//
// Everything that the page shows goes through `element` and `put`. Strings become text nodes, and
// nothing is ever parsed as markup, so that a recorded payload cannot become a part of the page.

const SVG = "http://www.w3.org/2000/svg";

/** Returns the first element that matches a selector. */
export function find(selector, within = document) {
  return within.querySelector(selector);
}

/**
 * Makes an element. `spec` is a tag with classes, such as `div.row.selected`.
 *
 * `properties` are attributes, except for `on` (listeners by event) and `css` (styles). A property
 * that is `null`, `undefined` or `false` is omitted, but `false` is a value of ARIA attributes.
 */
export function element(spec, properties, ...children) {
  const [tag, ...classes] = spec.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties || {})) {
    if (key.startsWith("aria-")) {
      if (value != null) made.setAttribute(key, String(value));
      continue;
    }
    if (value == null || value === false) continue;
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (key === "css") {
      for (const [name, style] of Object.entries(value)) made.style.setProperty(name, style);
    } else {
      made.setAttribute(key, value === true ? "" : String(value));
    }
  }
  return put(made, children);
}

/** Appends children. Arrays are flattened; `null`, `undefined` and `false` are omitted. */
export function put(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child != null && child !== false) parent.append(child);
  }
  return parent;
}

/** Replaces the children of an element. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  return put(parent, children);
}

/** Makes an icon from the symbols in the template. With a label, assistive software reads it. */
export function icon(name, label, family) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", family ? `icon of-${family}` : "icon");
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Makes a shape of a vector drawing. */
export function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return put(made, children);
}

/** Makes a button that shows only an icon. */
export function iconButton(name, label, action, keys, extra = "") {
  const title = keys ? `${label}  (${keys})` : label;
  const properties = { type: "button", title, "aria-label": label, on: { click: action } };
  return element("button.icon-button" + extra, properties, icon(name));
}

/**
 * Returns an object without a prototype, for tables whose keys come from a recording: a kind of run
 * that is called `constructor` is a kind like any other.
 */
export function table(entries = {}) {
  return Object.assign(Object.create(null), entries);
}
