// A list that is narrowed while somebody types: the same address without the wait, and it can still be sent on.

const WAIT_MS = 200;

export function startNarrow() {
  const form = document.querySelector("form[data-narrow]");
  if (!form) return;
  form.querySelector("[data-narrow-button]").hidden = true;
  let timer;
  let asked = 0;

  const narrow = async () => {
    clearTimeout(timer);
    const mine = (asked += 1);
    const kept = [...new FormData(form)].filter(([, text]) => text !== "");
    const address = kept.length ? `${form.action}?${new URLSearchParams(kept)}` : form.action;
    let page;
    try {
      const answer = await fetch(address, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return;
    }
    const fresh = page.querySelector("[data-narrowed]");
    if (mine !== asked || !fresh) return;
    document.querySelector("[data-narrowed]").replaceWith(document.adoptNode(fresh));
    history.replaceState(null, "", address);
  };
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(narrow, event.target.tagName === "SELECT" ? 0 : WAIT_MS);
  });
  // What was typed before this module was here.
  const words = form.elements.q;
  if (words.value !== words.defaultValue) narrow();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    narrow();
  });
}
