// Waveforms: the server's picture becomes a plot that can be zoomed; each zoom fetches the detail it needs.

import { makePlot } from "./plot.js";

const POINTS = 1200;
const SETTLE_MS = 60;

export function startWaves(root) {
  for (const figure of root.querySelectorAll("[data-wave]:not([data-ready])")) {
    if (!figure.querySelector("[data-wave-picture]")) continue;
    figure.dataset.ready = "";
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      start(figure).catch(() => delete figure.dataset.zoomable); // The server's picture stays.
    }, { rootMargin: "400px" });
    seen.observe(figure);
  }
}

async function overview(figure, start, stop) {
  const asked = new URLSearchParams({ points: String(POINTS), form: figure.dataset.form });
  if (start !== undefined) asked.set("start", String(start));
  if (stop !== undefined) asked.set("stop", String(stop));
  const answer = await fetch(`/api/v1/vectors/${figure.dataset.digest}/overview?${asked}`);
  if (!answer.ok) throw new Error(`overview: ${answer.status}`);
  return answer.json();
}

async function start(figure) {
  const whole = await overview(figure);
  if (whole.x.length < 2) return;
  const dx = (whole.x[whole.x.length - 1] - whole.x[0]) / (whole.at[whole.at.length - 1] - whole.at[0]);
  const x0 = whole.x[0] - whole.at[0] * dx;
  const full = { from: x0, to: x0 + (whole.count - 1) * dx };
  const picture = figure.querySelector("[data-wave-picture]");
  const bound = (name) => (name in figure.dataset ? Number(figure.dataset[name]) : null);
  const say = figure.querySelector("[data-wave-said]");
  const all = figure.querySelector('[data-zoom="all"]');
  let shown = whole;
  let timer = 0;
  let asked = 0;

  const plot = await makePlot(picture, {
    overview: whole,
    full,
    low: bound("low"),
    high: bound("high"),
    uom: figure.dataset.uom,
    axisUom: whole.axis_uom,
    onRange: changed,
  });

  function changed({ from, to }) {
    const isZoomed = from > full.from || to < full.to;
    figure.dataset.from = String(from);
    figure.dataset.to = String(to);
    figure.dataset.zoomed = String(isZoomed);
    all.disabled = !isZoomed;
    clearTimeout(timer);
    timer = setTimeout(() => detail(from, to, isZoomed), SETTLE_MS);
  }

  async function detail(from, to, isZoomed) {
    const mine = (asked += 1);
    say.textContent = isZoomed ? `Shows ${plot.words(from)} to ${plot.words(to)}.` : "Shows all of it.";
    if (!isZoomed) {
      if (shown !== whole) plot.show((shown = whole));
      return;
    }
    // A third more on both sides, so that moving along does not wait.
    const spare = Math.ceil((to - from) / dx / 3) + 2;
    const first = Math.max(0, Math.floor((from - x0) / dx) - spare);
    const last = Math.min(whole.count, Math.ceil((to - x0) / dx) + spare);
    const finer = await overview(figure, first, last).catch(() => null);
    if (!finer || mine !== asked) return;
    plot.show((shown = finer));
    figure.dataset.detail = `${first}-${last}`;
  }

  picture.tabIndex = 0;
  picture.setAttribute("role", "application");
  picture.setAttribute("aria-roledescription", "waveform");
  const zooms = { in: () => plot.zoom(0.5), out: () => plot.zoom(2), all: () => plot.reset() };
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zooms[button.dataset.zoom]());
  }
  const keys = {
    "+": zooms.in, "=": zooms.in, "-": zooms.out, 0: zooms.all, Home: zooms.all,
    ArrowLeft: () => plot.move(-0.2), ArrowRight: () => plot.move(0.2),
  };
  picture.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  figure.querySelector("[data-wave-tools]").hidden = false;
  figure.querySelector("[data-wave-hint]").hidden = false;
  changed(full);
}
