// The measurements: what went wrong first, never stretched, and as many as there is room for.

import { element, glyph, say, slot } from "./dom.js";
import { gauge, distance } from "./gauge.js";

// NOT RECORDED shows none: green ticks beside it would say that there is a result.
const SHOWN = new Set(["RUNNING", "PASS", "FAIL", "ERROR", "ABORTED"]);
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
  const again = new Set(shown.map((row) => row.outcome));
  const parts = order
    .filter((name) => counts.has(name))
    .map((name) => `${counts.get(name)} ${again.has(name) && !running ? "more " : ""}${WORDS[name]}`);
  return running ? `${parts.join(", ")} before` : parts.join(", ");
}

function line(row, mark) {
  const made = element("tr", `row is-${mark.meaning}`);
  made.dataset.outcome = row.outcome;

  const outcome = element("td", "row-mark");
  outcome.append(glyph(mark.glyph), element("span", "visually-hidden", mark.word));
  const name = element("th", "row-name", row.name);
  name.scope = "row";
  const [value, rest] = onThePoint(row);
  const limits = element("td", "row-limits", row.limits === null ? "" : `${row.limits}${row.uom ? ` ${row.uom}` : ""}`);
  const where = element("td", "row-gauge");
  const picture = gauge(row);
  if (picture) where.append(picture);
  made.append(outcome, name, value, rest, limits, where);

  const wrong = distance(row) ?? row.message;
  if (wrong !== null) name.append(element("span", "row-message", wrong));
  return made;
}

/** Set a value in two cells that meet at its point, so that points stand in line and the uom stays near.
    Readers hear it whole. */
function onThePoint({ value, uom, number }) {
  const before = element("td", "row-value");
  const after = element("td", "row-rest");
  if (value === null) return [before, after];
  const point = number === null ? -1 : value.indexOf(".");
  const [whole, part] = point < 0 ? [value, ""] : [value.slice(0, point), value.slice(point)];
  before.append(element("span", "visually-hidden", uom ? `${value} ${uom}` : value));
  for (const [cell, text] of [[before, whole], [after, part]]) {
    const digits = element("span", "row-digits", text);
    digits.ariaHidden = "true";
    cell.append(digits);
  }
  if (uom) {
    const behind = element("span", "row-uom", uom);
    behind.ariaHidden = "true";
    after.append(behind);
  }
  return [before, after];
}
