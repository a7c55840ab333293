// One view in, one screen out. Nothing is remembered but the view that is shown.

import { chip, element, say, slot, turnGlyph } from "./dom.js";
import { paintRows } from "./rows.js";

const VERDICTS = new Set(["PASS", "FAIL", "ERROR", "ABORTED", "NOT_RECORDED", "BLOCKED"]);
const LAST_UNITS = 8;

export class Painter {
  #marks;
  #bands;
  #view = null;
  #heardAt = 0;

  constructor({ marks, bands }) {
    this.#marks = marks;
    this.#bands = bands;
    setInterval(() => this.#tick(), 200);
    new ResizeObserver(() => this.#fit()).observe(slot("measured"));
  }

  paint(view) {
    this.#view = view;
    this.#heardAt = performance.now();
    const band = bandOf(view);
    document.body.dataset.band = band;
    this.#top(view);
    this.#band(view, band);
    this.#running(view, band);
    this.#lotNow(view);
    this.#side(view);
    this.#fit();
  }

  #top(view) {
    say("station", view.station);
    say("operator", view.operator ?? "–");
    say("plan", view.plan);
    say("plan-version", view.plan_version);
    say("part", view.part_number);
    say("operation", view.operation);
    say("sync", view.sync.text);
    slot("sync-badge").dataset.state = view.sync.parked > 0 ? "refused" : view.sync.state;
  }

  #band(view, name) {
    const mark = this.#bands[name];
    slot("band").className = `band is-${mark.meaning}`;
    turnGlyph("band-glyph", mark.glyph);
    say("band-word", mark.word);
    say("band-serial", VERDICTS.has(name) && view.run ? view.run.serial_number : "");
    const refused = name === "REFUSED";
    say("band-notice", refused ? view.notice.text : "");
    const instruction = name === "RUNNING" || sameWords(view.instruction, mark.word) ? "" : view.instruction;
    say("instruction", instruction);
    const strip = slot("strip");
    strip.hidden = !view.notice || refused;
    strip.dataset.kind = view.notice?.kind ?? "";
    say("strip-text", strip.hidden ? "" : view.notice.text);
  }

  #running(view, band) {
    slot("running").hidden = band !== "RUNNING" || !view.run;
    if (slot("running").hidden) return;
    say("running-serial", view.run.serial_number);
    say("step-count", `Step ${view.run.step_number} of ${view.run.step_count}`);
    say("step-name", view.run.step_name);
    this.#tick();
  }

  /** Let the time go on between two views of a run. */
  #tick() {
    if (this.#view?.phase !== "RUNNING" || !this.#view.run) return;
    const { elapsed_s, expected_s, step_number, step_count } = this.#view.run;
    const elapsed = elapsed_s + (performance.now() - this.#heardAt) / 1000;
    const known = expected_s !== null && expected_s > 0;
    const done = known ? elapsed / expected_s : (step_number - 1) / Math.max(step_count, 1);
    const late = known && elapsed > expected_s * 1.05;
    const expected = known ? `${late ? "usually" : "of about"} ${clock(expected_s)}` : "first run of this plan";
    say("time", `${clock(elapsed)}  ${expected}`);
    const percent = Math.round(1000 * Math.min(done, 1)) / 10;
    slot("progress-done").setAttribute("width", `${percent}%`);
    slot("progress").setAttribute("aria-valuenow", String(Math.floor(percent)));
    slot("progress").dataset.late = String(late);
  }

  #lotNow(view) {
    slot("lot-now").hidden = !view.lot;
    if (!view.lot) return;
    say("now-lot", view.lot.lot);
    say("now-completed", String(view.lot.completed));
    say("now-target", String(view.lot.target));
    say("now-plan", `${view.plan} ${view.plan_version}`);
    say("now-rest", `${view.lot.in_progress} in progress, ${view.lot.failed} failed`);
    lotBar(slot("now-bar"), view.lot);
  }

  #side(view) {
    say("today-units", String(view.today_units));
    say("today-yield", firstPassYield(view));
    slot("lot").hidden = !view.lot;
    if (view.lot) {
      say("lot-name", view.lot.lot);
      say("lot-completed", String(view.lot.completed));
      say("lot-in-progress", String(view.lot.in_progress));
      say("lot-failed", String(view.lot.failed));
      say("lot-target", String(view.lot.target));
      say("lot-rest", String(lotRest(view.lot)));
      lotBar(slot("lot-bar"), view.lot);
    }
    slot("last-none").hidden = view.last_units.length > 0;
    slot("last").replaceChildren(...view.last_units.slice(0, LAST_UNITS).map((unit) => this.#lastUnit(unit)));
  }

  #lastUnit({ serial_number, outcome, at }) {
    const serial = element("span", "last-serial", serial_number);
    serial.title = at;
    const item = element("li");
    item.append(serial, chip(this.#marks[outcome]));
    return item;
  }

  #fit() {
    if (this.#view) paintRows(this.#view, this.#marks);
  }
}

function bandOf(view) {
  return view.phase === "READY" && view.notice?.kind === "refused" ? "REFUSED" : view.phase;
}

function lotRest({ target, completed, in_progress, failed }) {
  return Math.max(target - completed - in_progress - failed, 0);
}

function lotBar(place, { completed, in_progress, failed, target }) {
  const whole = Math.max(target, completed + in_progress + failed, 1);
  const bar = place.firstElementChild;
  bar.setAttribute("aria-label", `${completed} completed, ${in_progress} in progress, ${failed} failed of ${target}`);
  const [, done, open, bad] = bar.children;
  const percent = (count) => `${(100 * count) / whole}%`;
  done.setAttribute("width", percent(completed));
  open.setAttribute("x", percent(completed));
  open.setAttribute("width", percent(in_progress));
  bad.setAttribute("x", percent(completed + in_progress));
  bad.setAttribute("width", percent(failed));
}

/** Per cent, rounded down to a tenth: 99.97 % never reads as 100. */
function firstPassYield({ today_units, today_first_pass }) {
  if (today_units === 0) return "–";
  return `${(Math.floor((1000 * today_first_pass) / today_units) / 10).toFixed(1)} %`;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function sameWords(one, other) {
  const bare = (text) => text.toLowerCase().replace(/[\s.!]+/g, " ").trim();
  return bare(one) === bare(other);
}
