// Messages of a conversation, with their blocks of content.

import { copyButton } from "./clipboard.js";
import { element, icon, table } from "./dom.js";
import { bytes, count } from "./format.js";
import { jsonTree } from "./json_tree.js";
import { longText } from "./long_text.js";
import { textOf } from "./payload.js";

const ROLES = table({
  system: "system",
  developer: "system",
  human: "human",
  user: "human",
  ai: "ai",
  assistant: "ai",
  AIMessageChunk: "ai",
  tool: "tool",
  function: "tool",
});
const ROLE_TITLES = { system: "System", human: "Human", ai: "Model", tool: "Tool" };
const ICONS = { ai: "chat_model", tool: "tool", system: "prompt", human: "person" };

// Raster images, which cannot contain scripts. A vector image is a document, so it is shown as
// text. Other URLs are never loaded.
const PICTURE = /^data:(image\/(?:png|jpeg|gif|webp|avif|bmp));base64,[A-Za-z0-9+/=\s]+$/;

const isObject = value => value !== null && typeof value === "object" && !Array.isArray(value);

/** Returns the role of a message: `system`, `human`, `ai` or `tool`; or nothing for other values. */
export function roleOf(value) {
  if (!isObject(value) || !("content" in value || "tool_calls" in value)) return undefined;
  const name = value.role ?? value.type;
  return typeof name === "string" ? ROLES[name] : undefined;
}

/** Returns the messages in a value: one message, a list, or `{"messages": […]}`; or `null`. */
export function messagesIn(value) {
  const all = list => list.length > 0 && list.every(roleOf);
  if (Array.isArray(value)) return all(value) ? value : null;
  if (isObject(value) && Array.isArray(value.messages) && all(value.messages))
    return value.messages;
  return roleOf(value) ? [value] : null;
}

/** Returns the text of a value: of a string, or of a message. */
export function plainText(value) {
  if (typeof value === "string") return value;
  if (!roleOf(value)) return "";
  return blocksOf(value)
    .map(block => (block.type === "text" ? String(block.text ?? "") : ""))
    .join("");
}

// The content is a string, or a list of blocks and strings. Tool calls can be in the content, in a
// field of their own, or in both.
function blocksOf(message) {
  const { content } = message;
  const list = Array.isArray(content)
    ? content
    : content == null || content === ""
      ? []
      : [content];
  const blocks = list.map(block =>
    typeof block === "string" ? { type: "text", text: block } : block,
  );
  const calls = blocks.filter(block => isCall(block)).map(block => block.id);
  for (const field of ["tool_calls", "invalid_tool_calls"]) {
    for (const call of Array.isArray(message[field]) ? message[field] : []) {
      if (!calls.includes(call?.id))
        blocks.push({ ...call, type: call?.type ?? field.slice(0, -1) });
    }
  }
  return blocks;
}

const isCall = block => isObject(block) && /tool_call$|^tool_use$/.test(String(block.type));

/** Makes the element of a message. */
export function messageView(message) {
  const role = roleOf(message);
  const blocks = blocksOf(message).map(blockView);
  const failed = message.status === "error";
  const header = element(
    "header",
    null,
    icon(ICONS[role]),
    ROLE_TITLES[role],
    message.name ? element("small", null, String(message.name)) : null,
    message.tool_call_id ? element("small.mono", null, String(message.tool_call_id)) : null,
    failed ? element("span.pill.error", null, "error") : null,
    copyButton(() => plainText(message) || textOf(message), "Copy message"),
  );
  const body = blocks.length ? blocks : element("p.faint", null, "No content.");
  return element(`div.message.${role}`, null, header, element("div.content", null, body));
}

function blockView(block) {
  if (!isObject(block)) return jsonTree(block);
  const type = String(block.type);
  if (type === "text" && typeof block.text === "string") return textBlock(block);
  if (type === "reasoning" || type === "thinking") return reasoning(block);
  if (type === "refusal") return note("The model refused", block.refusal);
  if (type === "image" || type === "image_url") return picture(block);
  if (type === "audio" || type === "video" || type === "file") return medium(block);
  if (isCall(block)) return call(block);
  return jsonTree(block, 1);
}

function textBlock(block) {
  const { annotations } = block;
  const sources =
    Array.isArray(annotations) && annotations.length ? jsonTree({ annotations }, 1) : null;
  return [longText(block.text), sources];
}

function reasoning(block) {
  const text = String(block.reasoning ?? block.thinking ?? "");
  const title = text
    ? `Reasoning, ${count(text.length)} characters`
    : "Reasoning (not shown by the provider)";
  return element("details.reasoning", null, element("summary", null, title), longText(text));
}

function note(title, text) {
  return element(
    "div.note.warning",
    null,
    icon("warning"),
    element("b", null, title),
    element("div", null, String(text ?? "")),
  );
}

function call(block) {
  const isInvalid = String(block.type).startsWith("invalid");
  const args = block.args ?? block.input ?? block.arguments;
  return element(
    "div.call",
    null,
    element(
      "div.title",
      null,
      icon("tool"),
      String(block.name ?? "a tool"),
      element("small.faint.mono", null, String(block.id ?? "")),
    ),
    isInvalid
      ? note("The arguments are invalid", block.error ?? "They are not a JSON object.")
      : null,
    isObject(args) || Array.isArray(args)
      ? jsonTree(args, 1)
      : element("div.text.mono", null, String(args ?? "")),
  );
}

function picture(block) {
  const address = sourceOf(block);
  const type = PICTURE.exec(address)?.[1];
  if (!type) return medium(block);
  const size = bytes(Math.floor((address.length - address.indexOf(",")) * 0.75));
  const name = [block.filename, type, size].filter(Boolean).join(", ");
  return element(
    "figure.picture",
    null,
    element("img", { src: address, alt: `Image in the message: ${name}` }),
    element("figcaption", null, name),
  );
}

function sourceOf(block) {
  if (typeof block.base64 === "string")
    return `data:${block.mime_type ?? "image/png"};base64,${block.base64}`;
  const url = block.url ?? block.image_url?.url ?? block.image_url;
  return typeof url === "string" ? url : "";
}

// Media that the page does not show: their properties, and the URL as text.
function medium(block) {
  const inline =
    typeof block.base64 === "string" ? bytes(Math.floor(block.base64.length * 0.75)) : null;
  const facts = [block.filename, block.mime_type, inline, block.file_id].filter(Boolean).join(", ");
  const address = inline ? "" : sourceOf(block);
  return element(
    "div.medium",
    null,
    icon("file"),
    element("b", null, String(block.type).replace("_url", "")),
    facts ? element("span", null, facts) : null,
    address
      ? element(
          "span.mono.faint",
          null,
          address.length > 300 ? address.slice(0, 300) + "…" : address,
        )
      : null,
  );
}

/** Makes the view of a value: messages, a text, or a tree. `asJson` forces the tree. */
export function valueView(value, asJson = false) {
  if (value === undefined) return element("p.faint", null, "Not recorded.");
  const messages = asJson ? null : messagesIn(value);
  if (messages) return element("div", null, messages.map(messageView));
  if (typeof value === "string" && !asJson) return element("div.pane", null, longText(value));
  return element("div.pane", null, jsonTree(value));
}
