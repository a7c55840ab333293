// Keyboard, and the few buttons of the frame: search, the list of keys, light or dark, fold, print.

const WAIT_MS = 1500;
const YEAR_S = 31_536_000;

export function startKeys() {
  const dialog = document.getElementById("keys");
  const search = document.getElementById("search");
  const actions = { keys: () => dialog.showModal(), theme: turnTheme, fold: turnSide, print: () => window.print(), language: turnLanguage };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.hidden = false;
    button.addEventListener("click", () => actions[button.dataset.do](button));
  }
  let goUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && !dialog.open) return leave();
    if (dialog.open || isField(event.target)) return;
    if (performance.now() < goUntil) {
      goUntil = 0;
      const place = event.key === "n" ? "/new/lot" : document.querySelector(`.side a[data-key="${CSS.escape(event.key)}"]`)?.href;
      if (place) {
        event.preventDefault();
        location.assign(place);
      }
      return;
    }
    if (event.key === "g") goUntil = performance.now() + WAIT_MS;
    else if (event.key === "/" && search) take(event, () => { search.focus(); search.select(); });
    else if (event.key === "?") take(event, actions.keys);
    else if (event.key === "t") take(event, turnTheme);
  });
}

function take(event, act) {
  event.preventDefault();
  act();
}

const isField = (element) => element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);

function leave() {
  if (isField(document.activeElement)) document.activeElement.blur();
}

function turnTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  remember("lotline_theme", root.dataset.theme);
}

function turnSide() {
  const folded = document.body.dataset.side === "folded";
  if (folded) delete document.body.dataset.side;
  else document.body.dataset.side = "folded";
  remember("lotline_side", folded ? "" : "folded");
}

function turnLanguage(button) {
  remember("lotline_language", button.dataset.language);
  location.reload();
}

/** Kept where the server sees it, so that the next page comes out right at once. */
function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${value ? YEAR_S : 0}; samesite=strict`;
}
