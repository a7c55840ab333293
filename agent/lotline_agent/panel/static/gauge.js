// A small picture of where a value sits between its limits, and in words how far it is off.

import { svg } from "./dom.js";

const WIDTH = 160;
const HEIGHT = 28;
const MIDDLE = HEIGHT / 2;
const EDGE = 8;

/** Give the bar of a row; null where there is no number or no limit to see it against. */
export function gauge({ number, low, high }) {
  if (number === null || (low === null && high === null)) return null;
  const at = scale(low, high);
  const made = svg("svg", { class: "gauge", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const left = low === null ? 0 : at(low);
  const right = high === null ? WIDTH : at(high);
  made.append(svg("line", { class: "gauge-track", x1: 0, x2: WIDTH, y1: MIDDLE, y2: MIDDLE }));
  made.append(svg("rect", { class: "gauge-zone", x: left, y: MIDDLE - 6, width: Math.max(right - left, 2), height: 12, rx: 2 }));
  for (const [limit, x] of [[low, left], [high, right]]) {
    if (limit !== null) made.append(svg("line", { class: "gauge-limit", x1: x, x2: x, y1: 3, y2: HEIGHT - 3 }));
  }
  const x = at(number);
  if (x < EDGE) made.append(pointer(EDGE, -1));
  else if (x > WIDTH - EDGE) made.append(pointer(WIDTH - EDGE, 1));
  else made.append(svg("circle", { class: "gauge-value", cx: x, cy: MIDDLE, r: 7 }));
  return made;
}

/** Say how far a value is outside its limits, in the digits of the value; null where it is inside. */
export function distance({ number, value, uom, low, high, outcome }) {
  if (outcome !== "FAIL" || number === null || !Number.isFinite(number)) return null;
  const over = high !== null && number > high;
  const under = low !== null && number < low;
  if (!over && !under) return null;
  const off = over ? number - high : low - number;
  const point = value === null ? -1 : value.indexOf(".");
  const digits = point < 0 ? 0 : Math.min(value.length - point - 1, 9);
  const text = off.toFixed(digits);
  const words = Number(text) === 0 ? "just" : `${text}${uom ? ` ${uom}` : ""}`;
  return `${words} ${over ? "over" : "under"}`;
}

/** Map numbers to places: two limits take the middle half, one limit stands at a third from its open end. */
function scale(low, high) {
  if (low !== null && high !== null) {
    const span = high - low || Math.abs(high) * 0.1 || 1;
    const from = (low + high) / 2 - span;
    return (number) => (WIDTH * (number - from)) / (2 * span);
  }
  const limit = low ?? high;
  const span = (Math.abs(limit) || 1) * 1.5;
  const from = low === null ? limit - span * (2 / 3) : limit - span / 3;
  return (number) => (WIDTH * (number - from)) / span;
}

/** An arrow at the rim: the value lies beyond the picture. */
function pointer(x, way) {
  const tip = x + way * 7;
  const back = x - way * 6;
  return svg("path", { class: "gauge-value", d: `M${tip} ${MIDDLE}L${back} ${MIDDLE - 8}V${MIDDLE + 8}Z` });
}
