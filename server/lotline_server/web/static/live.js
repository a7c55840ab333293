// Live without reload: the server says that something changed, this page fetches itself once more, and what
// differs is put in its place. Focus, scroll, open details and zoomed plots stay as they are.

import { sayTimes } from "./times.js";
import { startWaves } from "./waves.js";

const REST_MS = 1000;
const RETRY_MS = 3000;

let source = null;
let counter = null;
let wanted = false;
let fetching = false;
const came = new Map();

export function startLive() {
  if (!document.querySelector("[data-live]")) return;
  for (const region of document.querySelectorAll("[data-live]")) came.set(region.dataset.live, plain(region));
  for (const item of document.querySelectorAll("[data-live-keyed] > [data-key]")) item.lotlineCame = plain(item);
  document.addEventListener("visibilitychange", connect);
  // A page that was left for the next one must not hold one of the browser's six connections.
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", connect);
  connect();
}

function disconnect() {
  source?.close();
  source = null;
}

/** A page that nobody sees listens to nothing; seen again, it catches up. */
function connect() {
  if (document.visibilityState !== "visible") return disconnect();
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/live");
  source.addEventListener("change", (event) => {
    say("live");
    const now = JSON.parse(event.data).change;
    if (counter !== null && now !== counter) refresh();
    counter = now;
  });
  source.addEventListener("error", () => {
    say("lost");
    if (source?.readyState === EventSource.CLOSED) askWhy();
  });
}

/** The server refused the stream: where the session is over, this page leads to signing in and back. */
async function askWhy() {
  try {
    const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return location.reload();
  } catch {
    // It is away; the stream is tried again.
  }
  setTimeout(connect, RETRY_MS);
}

function say(state) {
  const place = document.querySelector("[data-link-words]");
  document.body.dataset.link = state;
  place.textContent = state === "lost" ? place.dataset.words : "";
}

async function refresh() {
  if (fetching) {
    wanted = true;
    return;
  }
  fetching = true;
  wanted = false;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
    if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    counter = -1; // The stream notices by itself; the next event fetches again.
  }
  setTimeout(() => {
    fetching = false;
    if (wanted) refresh();
  }, REST_MS);
}

function swap(fresh) {
  let swapped = false;
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${CSS.escape(region.dataset.live)}"]`);
    if (!next) continue;
    const html = plain(next);
    if (html === came.get(region.dataset.live) || isBusy(region)) continue;
    came.set(region.dataset.live, html);
    put(region, next);
    swapped = true;
  }
  for (const next of fresh.querySelectorAll("main > [data-live]")) {
    if (!document.querySelector(`[data-live="${CSS.escape(next.dataset.live)}"]`)) place(next);
  }
  if (!swapped) return;
  sayTimes();
  startWaves(document);
  document.dispatchEvent(new Event("lotline:swapped"));
}

/** Somebody is typing here: what is new waits for the next change, and nothing that was typed is lost. */
function isBusy(region) {
  const fields = [...region.querySelectorAll("input, textarea, select")];
  return fields.some((field) => field === document.activeElement || isChanged(field));
}

function isChanged(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.index > 0);
  return ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

/** A region that was not there before takes its place behind the one it follows. */
function place(next) {
  const before = next.previousElementSibling;
  const at = before?.dataset.live && document.querySelector(`[data-live="${CSS.escape(before.dataset.live)}"]`);
  if (!at) return;
  const made = document.importNode(next, true);
  came.set(made.dataset.live, plain(next));
  at.after(made);
}

function put(region, next) {
  const focus = remember(region);
  const open = [...region.querySelectorAll("details[data-key]")].map((each) => [each.dataset.key, each.open]);
  merge(region, next);
  for (const [key, isOpen] of open) {
    const details = region.querySelector(`details[data-key="${CSS.escape(key)}"]`);
    if (details) details.open = isOpen;
  }
  focus?.();
}

/** Where a part of the tree is a list of keyed items, only what differs is touched; anything else is replaced. */
function merge(old, next) {
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.hasAttribute("data-live-keyed")) return mergeKeyed(old, next);
  const [olds, nexts] = [[...old.children], [...next.children]];
  const alike = olds.length === nexts.length && olds.every((each, at) => each.tagName === nexts[at].tagName);
  const keyed = old.querySelector("[data-live-keyed]") && next.querySelector("[data-live-keyed]");
  if (!keyed || !alike) {
    if (plain(old) !== plain(next)) old.replaceChildren(...imported(next));
    return;
  }
  olds.forEach((each, at) => merge(each, nexts[at]));
}

function mergeKeyed(old, next) {
  const held = new Map([...old.children].map((item) => [item.dataset.key, item]));
  let at = null;
  for (const item of next.children) {
    const here = held.get(item.dataset.key);
    const html = plain(item);
    let made = here;
    if (!here || (here.lotlineCame ?? plain(here)) !== html) {
      made = document.importNode(item, true);
      made.lotlineCame = html;
      if (here) {
        if ("open" in here) made.open = here.open;
        here.replaceWith(made);
      } else made.classList.add("came");
    }
    held.delete(item.dataset.key);
    const wantedAt = at ? at.nextElementSibling : old.firstElementChild;
    if (wantedAt !== made) old.insertBefore(made, wantedAt);
    at = made;
  }
  for (const gone of held.values()) gone.remove();
}

const imported = (next) => [...next.childNodes].map((node) => document.importNode(node, true));

/** An element's HTML without what changes by itself or by the reader: times, open details, tab stops. */
function plain(element) {
  const copy = element.cloneNode(true);
  for (const time of copy.querySelectorAll("time[data-relative]")) time.textContent = "";
  for (const title of copy.querySelectorAll("svg title")) title.remove();
  for (const each of copy.querySelectorAll("[tabindex]")) each.removeAttribute("tabindex");
  for (const each of [copy, ...copy.querySelectorAll("details")]) each.removeAttribute("open");
  for (const each of copy.querySelectorAll(".came")) each.classList.remove("came");
  for (const each of copy.querySelectorAll('[class=""]')) each.removeAttribute("class");
  for (const each of copy.querySelectorAll("[data-do]")) each.removeAttribute("hidden");
  for (const tip of copy.querySelectorAll(".tip")) tip.remove();
  return copy.outerHTML;
}

/** Find what has the focus again after its region was replaced: by id, by address, by key. */
function remember(region) {
  const active = document.activeElement;
  if (!region.contains(active)) return null;
  const href = active.getAttribute("href");
  const key = active.closest("[data-key]")?.dataset.key;
  return () => {
    if (region.contains(document.activeElement) && document.activeElement === active) return;
    const row = key && region.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const again =
      (active.id && document.getElementById(active.id)) ||
      (row && (row.querySelector(href ? `a[href="${CSS.escape(href)}"]` : "summary, a, button") ?? row)) ||
      (href && region.querySelector(`a[href="${CSS.escape(href)}"]`));
    again?.focus?.({ preventScroll: true });
  };
}
