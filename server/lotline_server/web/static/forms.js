// Forms: the first wrong field has the focus, a select becomes a field to type in, a toast goes by itself.

const TOAST_MS = 8000;

export function startForms() {
  const wrong = document.querySelector("[aria-invalid=true]") ?? document.getElementById("form-errors");
  wrong?.focus();
  for (const select of document.querySelectorAll("select[data-pick]")) pick(select);
  const toast = document.querySelector("[data-toast]");
  if (toast) {
    toast.classList.add("toast-float");
    setTimeout(() => toast.remove(), TOAST_MS);
  }
  // A form that is sent twice makes two of everything.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
}

/** Let a person type part of a number or a name; the select stays what is sent. */
function pick(select) {
  const options = [...select.options].filter((option) => option.value);
  const box = document.createElement("div");
  box.className = "pick-box";
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const wrong = select.getAttribute("aria-invalid");
  Object.assign(input, { type: "text", autocomplete: "off", placeholder: "Type a number or a name", value: select.value });
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", `${select.id}-list`);
  input.setAttribute("aria-describedby", select.getAttribute("aria-describedby") ?? "");
  if (wrong) input.setAttribute("aria-invalid", wrong);
  list.className = "pick-list";
  list.id = `${select.id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Parts");
  list.hidden = true;
  const hadFocus = document.activeElement === select;
  input.id = select.id;
  select.id = `${input.id}-select`;
  select.hidden = true;
  select.before(box);
  box.append(input, list);
  let at = -1;

  const show = () => {
    const typed = input.value.trim().toLowerCase();
    const found = options.filter((option) => option.textContent.toLowerCase().includes(typed) || option.value === select.value && input.value === select.value);
    list.replaceChildren(...(input.value === select.value ? options : found).slice(0, 50).map(line));
    open(list.children.length > 0);
    mark(list.children.length ? 0 : -1);
  };
  const line = (option, number) => {
    const made = document.createElement("li");
    made.id = `${list.id}-${number}`;
    made.setAttribute("role", "option");
    made.dataset.value = option.value;
    for (const [tag, text] of [["b", option.value], ["span", option.dataset.name], ["span", option.dataset.kind]]) {
      const part = document.createElement(tag);
      part.textContent = text;
      made.append(part);
    }
    return made;
  };
  const open = (isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
  };
  const mark = (to) => {
    at = to;
    [...list.children].forEach((each, number) => each.setAttribute("aria-selected", String(number === at)));
    const marked = list.children[at];
    if (marked) {
      input.setAttribute("aria-activedescendant", marked.id);
      marked.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const choose = (value) => {
    input.value = value;
    select.value = value;
    open(false);
  };

  input.addEventListener("input", () => {
    select.value = options.find((option) => option.value.toLowerCase() === input.value.trim().toLowerCase())?.value ?? "";
    show();
  });
  input.addEventListener("click", show);
  input.addEventListener("blur", () => open(false));
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      if (list.hidden) show();
      else mark((at + steps[event.key] + list.children.length) % list.children.length);
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      choose(list.children[at].dataset.value);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    } else if (event.key === "Tab" && !list.hidden && at >= 0 && input.value.trim()) choose(list.children[at].dataset.value);
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const line = event.target.closest("[data-value]");
    if (line) choose(line.dataset.value);
  });
  if (hadFocus) input.focus();
}
