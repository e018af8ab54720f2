// Dragging with a pointer.

/**
 * Calls functions while an element is dragged: `start(event)` returns a value that `move(x, value,
 * event, y)` and `end(x, value, event)` receive with the distance in pixels.
 */
export function drag(target, { start, move, end }) {
  target.addEventListener("pointerdown", event => {
    if (event.button) return;
    event.preventDefault();
    if (target.tabIndex >= 0) target.focus({ preventScroll: true });
    target.setPointerCapture(event.pointerId);
    const value = start(event);
    const moved = next =>
      move(next.clientX - event.clientX, value, next, next.clientY - event.clientY);
    const finished = next => {
      target.removeEventListener("pointermove", moved);
      target.removeEventListener("pointerup", finished);
      target.removeEventListener("pointercancel", finished);
      end?.(next.clientX - event.clientX, value, next);
    };
    target.addEventListener("pointermove", moved);
    target.addEventListener("pointerup", finished);
    target.addEventListener("pointercancel", finished);
  });
}
