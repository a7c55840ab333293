// The measurements: what went wrong first, never stretched, and as many as there is room for.

import { element, glyph, say, slot } from "./dom.js";
import { gauge, distance } from "./gauge.js";

const SHOWN = new Set(["RUNNING", "PASS", "FAIL", "ERROR", "ABORTED", "NOT_RECORDED"]);
const QUIET = new Set(["PASS", "SKIPPED"]);
const WORDS = { PASS: "passed", FAIL: "failed", ERROR: "in error", ABORTED: "aborted", SKIPPED: "skipped", UNSET: "missing" };

export function paintRows(view, marks) {
  const measured = slot("measured");
  const rows = view.run?.rows ?? [];
  measured.hidden = !SHOWN.has(view.phase) || rows.length === 0;
  if (measured.hidden) return;

  const running = view.phase === "RUNNING";
  const loud = rows.filter((row) => !QUIET.has(row.outcome));
  const foldsPassed = !running && loud.length > 0;
  const candidates = foldsPassed ? loud : rows;
  const table = slot("rows");
  table.parentElement.style.setProperty("--decimals", `${decimals(candidates)}ch`);
  table.replaceChildren(...candidates.map((row) => line(row, marks[row.outcome])));

  let shown = candidates;
  const tell = () => say("folded", fold(rows, shown, running));
  tell();
  // A run that goes on shows its newest rows; a finished one its first.
  while (shown.length > 1 && measured.scrollHeight > measured.clientHeight + 1) {
    shown = running ? shown.slice(1) : shown.slice(0, -1);
    (running ? table.firstElementChild : table.lastElementChild).remove();
    tell();
  }
}

/** Say in numbers what is not shown. */
function fold(rows, shown, running) {
  const seen = new Set(shown);
  const counts = new Map();
  for (const row of rows) if (!seen.has(row)) counts.set(row.outcome, (counts.get(row.outcome) ?? 0) + 1);
  if (counts.size === 0) return "";
  const order = ["ERROR", "UNSET", "FAIL", "ABORTED", "PASS", "SKIPPED"];
  const more = shown.some((row) => counts.has(row.outcome));
  const parts = order.filter((name) => counts.has(name)).map((name) => `${counts.get(name)} ${WORDS[name]}`);
  if (running) return `${parts.join(", ")} before`;
  return more ? `and ${parts.join(", ")} more` : parts.join(", ");
}

function line(row, mark) {
  const made = element("tr", `row is-${mark.meaning}`);
  made.dataset.outcome = row.outcome;

  const outcome = element("td", "row-mark");
  outcome.append(glyph(mark.glyph), element("span", "visually-hidden", mark.word));
  const name = element("th", "row-name", row.name);
  name.scope = "row";
  const value = element("td", "row-value");
  if (row.value !== null) value.append(...onThePoint(row));
  const uom = element("td", "row-uom", row.value === null ? "" : (row.uom ?? ""));
  const limits = element("td", "row-limits", row.limits === null ? "" : `${row.limits}${row.uom ? ` ${row.uom}` : ""}`);
  const where = element("td", "row-gauge");
  const picture = gauge(row);
  if (picture) where.append(picture);
  made.append(outcome, name, value, uom, limits, where);

  const wrong = distance(row) ?? row.message;
  if (wrong !== null) name.append(element("span", "row-message", wrong));
  return made;
}

/** Put the digits after the point into a box as wide as the longest of them, so that points stand in line. */
function onThePoint({ value, number }) {
  if (number === null) return [element("span", "row-text", value)];
  const point = value.indexOf(".");
  const whole = point < 0 ? value : value.slice(0, point);
  const rest = point < 0 ? "" : value.slice(point);
  return [element("span", "row-whole", whole), element("span", "row-rest", rest)];
}

function decimals(rows) {
  let most = 0;
  for (const { value, number } of rows) {
    if (value === null || number === null) continue;
    const point = value.indexOf(".");
    if (point >= 0) most = Math.max(most, value.length - point);
  }
  return most;
}
