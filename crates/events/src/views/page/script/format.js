// Formats numbers as text.

export const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

// Share one formatter, because `toLocaleString` creates a new formatter for each call.
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const NOTHING = "–";

export function count(number) {
  if (number == null) return NOTHING;
  return number < 1000 ? String(Math.round(number)) : WHOLE.format(number);
}

/** Formats a number of tokens as a short text: `950`, `9,512`, `18.2k`, `1.25M`. */
export function short(number) {
  if (number < 1e4) return count(number);
  if (number < 1e6) return (number / 1e3).toFixed(number < 1e5 ? 1 : 0) + "k";
  return (number / 1e6).toFixed(2) + "M";
}

export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function duration(ms) {
  if (ms == null || Number.isNaN(ms)) return NOTHING;
  if (ms < 0) return "−" + duration(-ms);
  if (ms === 0) return "0";
  if (ms < 0.9995) return (ms * 1e3).toFixed(0) + " µs";
  if (ms < 9.95) return ms.toFixed(1).replace(/\.0$/, "") + " ms";
  if (ms < 999.5) return ms.toFixed(0) + " ms";
  if (ms < 59995) return (ms / 1e3).toFixed(2) + " s";
  const seconds = Math.round(ms / 1e3);
  const [hours, minutes, rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(
    Math.floor,
  );
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${rest} s`;
}

/** Formats a difference with its sign, such as `+1.20 s`. */
export function difference(ms) {
  return Math.abs(ms) < 0.0005 ? "0" : (ms > 0 ? "+" : "") + duration(ms);
}

export function percent(part, whole) {
  return whole > 0 ? Math.round((part / whole) * 100) + " %" : NOTHING;
}

export function bytes(number) {
  if (number == null) return NOTHING;
  if (number < 1024) return number + " B";
  if (number < 1024 * 1024) return (number / 1024).toFixed(1) + " kB";
  return (number / 1024 / 1024).toFixed(1) + " MB";
}

function dollars(sum) {
  if (sum === 0) return "$0";
  if (sum < 0.0001) return "< $0.0001";
  return "$" + sum.toFixed(sum < 1 ? 4 : 2);
}

/**
 * Formats a sum of costs. Calls without a known price make it a lower bound, or unknown: they are
 * never counted as free.
 */
export function money({ cost, priced, unpriced }) {
  if (!priced && !unpriced) return "";
  if (!priced) return "unknown";
  return (unpriced ? "≥ " : "") + dollars(cost);
}

/** Formats a time of day of the wall clock, in UTC. */
export function moment(unixMs) {
  const date = new Date(unixMs);
  if (Number.isNaN(date.getTime())) return "";
  return date.toISOString().slice(0, 19).replace("T", " ") + " UTC";
}

/** Returns the value below which a share of the sorted numbers lies. */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
