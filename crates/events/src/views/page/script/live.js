// Follows a running program. The program serves this page on the loopback interface, and the page
// asks it for what is new. A page in a file has no address to ask, and its policy forbids to ask.

import { find } from "./dom.js";
import { update } from "./recording.js";

const PAUSE = 400;
const LONGEST_PAUSE = 10000;

/**
 * Asks for updates until the program has ended, and calls `onUpdate` after each. `onState` receives
 * `running`, `lost` or `ended`.
 */
export async function follow(recording, { onUpdate, onState }) {
  let { url, next } = recording.live;
  let pause = PAUSE;
  for (;;) {
    // A page that is not seen asks rarely, so that it costs the program nothing.
    await wait(document.hidden ? LONGEST_PAUSE : pause);
    try {
      const answer = await fetch(`${url}?after=${encodeURIComponent(next)}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const data = await answer.json();
      if (!update(data)) return location.reload();
      next = data.next ?? next;
      pause = PAUSE;
      if (data.ended) {
        recording.live = null;
        onState("ended");
        onUpdate();
        return undefined;
      }
      onState("running");
      onUpdate();
    } catch {
      pause = Math.min(LONGEST_PAUSE, pause * 2);
      onState("lost");
    }
  }
}

function wait(ms) {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
      resolve();
    };
    const seen = () => {
      if (!document.hidden) done();
    };
    const timer = setTimeout(done, ms);
    document.addEventListener("visibilitychange", seen);
  });
}

/** Says in the page whether the program still answers. */
export function showLiveState(name) {
  const bar = find(".live-state");
  const isLost = name === "lost";
  bar.textContent = isLost ? "The program does not answer. The page tries again." : "";
  bar.hidden = !isLost;
}
