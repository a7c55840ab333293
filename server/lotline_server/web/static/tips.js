// Tooltips of charts, by pointer and by keyboard: one stop for Tab, arrow keys from bar to bar.

export function startTips() {
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, (event) => show(barOf(event)));
  for (const type of ["pointerout", "focusout"]) document.addEventListener(type, (event) => barOf(event) && hide(barOf(event)));
  document.addEventListener("keydown", move);
  prepare();
  document.addEventListener("lotline:swapped", prepare);
}

const barOf = (event) => event.target.closest?.("[data-tip]");

/** The browser's own tooltip would come twice, and thirty stops for Tab are too many. */
function prepare() {
  for (const chart of document.querySelectorAll("[data-chart]")) {
    for (const title of chart.querySelectorAll("title")) title.remove();
    const links = [...chart.querySelectorAll("a.bar")];
    if (links.some((link) => link === document.activeElement)) continue;
    links.forEach((link, at) => link.setAttribute("tabindex", at === links.length - 1 ? "0" : "-1"));
  }
}

function show(bar) {
  if (!bar) return;
  const chart = bar.closest("[data-chart]");
  hide(bar);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.textContent = bar.dataset.tip;
  chart.append(tip);
  const frame = chart.getBoundingClientRect();
  const place = (bar.querySelector(".bar-value") ?? bar.querySelector(".bar-place")).getBoundingClientRect();
  const middle = place.left + place.width / 2 - frame.left;
  const half = tip.offsetWidth / 2;
  const top = bar.querySelector(".bar-value") ? place.top - frame.top : place.bottom - frame.top;
  tip.style.left = `${Math.min(Math.max(middle, half), frame.width - half)}px`;
  tip.style.top = `${Math.max(top, tip.offsetHeight + 8)}px`;
}

function hide(bar) {
  bar.closest("[data-chart]").querySelector(".tip")?.remove();
}

function move(event) {
  const bar = event.target.closest?.("a.bar");
  if (!bar) return;
  const links = [...bar.closest("[data-chart]").querySelectorAll("a.bar")];
  const at = links.indexOf(bar);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 }[event.key];
  if (event.key === "Escape") hide(bar);
  if (to === undefined || !links[to]) return;
  event.preventDefault();
  bar.setAttribute("tabindex", "-1");
  links[to].setAttribute("tabindex", "0");
  links[to].focus();
}
