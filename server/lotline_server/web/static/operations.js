// The lines of a route: moved, added and taken out in place. Without this module the same buttons ask the server.

export function startOperations() {
  const list = document.querySelector("[data-operations]");
  if (!list) return;
  const said = document.querySelector("[data-operations-said]");
  const form = list.closest("form");

  const lines = () => [...list.children];
  const field = (line) => line.querySelector("input:not([type=checkbox])");
  const say = (words, line) => {
    said.textContent = words.replace("{name}", field(line).value).replace("{number}", lines().indexOf(line) + 1);
  };
  const number = () => {
    lines().forEach((line, at) => {
      const name = field(line);
      name.name = `operation-${at}`;
      name.id = `field-operation-${at}`;
      name.setAttribute("aria-label", name.dataset.label.replace("#", at + 1));
      line.querySelector("[type=checkbox]").name = `optional-${at}`;
      for (const button of line.querySelectorAll("button")) button.value = `${button.value.split("-")[0]}-${at}`;
    });
  };
  const move = (line, step) => {
    const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(line);
    else other.after(line);
    number();
    say(said.dataset.moved, line);
  };
  const remove = (line) => {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    say(said.dataset.removed, line);
    if (next) {
      line.remove();
      number();
      field(next).focus();
    } else field(line).value = "";
  };
  const add = () => {
    if (lines().length >= Number(list.dataset.most)) return;
    const made = list.lastElementChild.cloneNode(true);
    field(made).value = "";
    field(made).setAttribute("value", "");
    made.querySelector("[type=checkbox]").checked = false;
    list.append(made);
    number();
    field(made).focus();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    const [what] = (button?.value ?? "").split("-");
    if (!["up", "down", "remove", "add"].includes(what)) return;
    event.preventDefault();
    const line = button.closest("li");
    if (what === "add") add();
    else if (what === "remove") remove(line);
    else {
      move(line, what === "up" ? -1 : 1);
      // At the end of the list its arrow is gone: the other one takes over.
      (getComputedStyle(button).visibility === "hidden" ? line.querySelector(`[value^=${what === "up" ? "down" : "up"}]`) : button).focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const line = event.target.closest("li");
    if (!event.altKey || !step || !line) return;
    event.preventDefault();
    move(line, step);
    event.target.focus();
  });
}
