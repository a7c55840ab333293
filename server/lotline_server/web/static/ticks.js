// Rows to tick: all of a page at once, shift for a stretch of them, and how many there are.

export function startTicks() {
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (box.matches?.("input[data-tick-all]")) {
      for (const each of ticksOf(box.dataset.tickAll)) each.checked = box.checked;
      count(box.dataset.tickAll);
    } else if (box.matches?.("input[name=tick]")) {
      const all = ticksOf(box.getAttribute("form"));
      if (event.shiftKey && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
        for (const each of all.slice(from, to + 1)) each.checked = box.checked;
      }
      last = box;
      count(box.getAttribute("form"));
    }
  });
  document.addEventListener("lotline:swapped", show);
  show();
}

const ticksOf = (form) => [...document.querySelectorAll("input[name=tick]")].filter((each) => each.getAttribute("form") === form);

function show() {
  for (const all of document.querySelectorAll("input[data-tick-all]")) {
    all.hidden = false;
    count(all.dataset.tickAll);
  }
}

function count(form) {
  const all = ticksOf(form);
  const ticked = all.filter((each) => each.checked).length;
  const head = document.querySelector(`input[data-tick-all="${CSS.escape(form)}"]`);
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  for (const words of document.querySelectorAll(`[data-ticked="${CSS.escape(form)}"]`)) words.textContent = String(ticked);
}
