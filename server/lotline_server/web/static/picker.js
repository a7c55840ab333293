// A field for a part: what fits is shown while somebody types. Without this module it is a field for a number.

const WAIT_MS = 100;
const SHOWN = 12;
let made = 0;

/** Help in every such field below `root` that has no help yet: call it again for fields that come later. */
export function startPickers(root) {
  for (const input of root.querySelectorAll("input[data-part-picker]:not([role=combobox])")) new Picker(input);
}

export class Picker {
  constructor(input) {
    this.input = input;
    this.words = input.dataset;
    this.said = document.getElementById(`said-${input.name}`);
    this.list = document.createElement("ul");
    this.list.id = `pick-${(made += 1)}`;
    this.list.className = "pick-list";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.words.wordsList);
    input.after(this.list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", this.list.id]]) input.setAttribute(name, value);
    this.found = [];
    this.at = -1;
    this.asked = 0;
    this.chosen = "";
    input.addEventListener("input", () => this.typed());
    input.addEventListener("click", () => this.list.hidden && this.ask());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.left());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const line = event.target.closest("[role=option]");
      if (line) this.choose(this.found[Number(line.dataset.at)]);
    });
    if (input.value.trim()) this.recognise();
  }

  typed() {
    this.say("");
    this.chosen = "";
    clearTimeout(this.timer);
    this.waiting = true;
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  /** Ask for what fits, and show it where nothing newer was asked meanwhile. */
  async ask() {
    clearTimeout(this.timer);
    this.waiting = true;
    const mine = (this.asked += 1);
    const found = await this.fetch();
    if (mine !== this.asked) return;
    this.waiting = false;
    const wanted = this.entered;
    this.entered = false;
    if (found === null) return this.show([], this.words.wordsAway);
    const exact = this.exact(found);
    if (wanted && (exact || found.length === 1)) return this.choose(exact ?? found[0]);
    if (document.activeElement !== this.input) {
      if (exact) this.choose(exact);
      return;
    }
    this.show(found, found.length ? "" : this.words.wordsNone);
  }

  async fetch() {
    const query = new URLSearchParams({ q: this.input.value.trim(), limit: SHOWN });
    for (const name of ["kind", "status"]) {
      for (const word of (this.words[name === "kind" ? "kinds" : "statuses"] ?? "").split(" ").filter(Boolean)) query.append(name, word);
    }
    try {
      const answer = await fetch(`/api/v1/part-suggestions?${query}`);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  /** Say what the number is that the page came with. */
  async recognise() {
    const mine = (this.asked += 1);
    const found = await this.fetch();
    const exact = found && this.exact(found);
    if (exact && mine === this.asked) this.tell(exact);
  }

  exact(found) {
    return found.find((part) => part.part_number.toLowerCase() === this.text());
  }

  text() {
    return this.input.value.trim().toLowerCase();
  }

  show(found, said) {
    this.found = found;
    this.list.replaceChildren(...found.map((part, at) => this.line(part, at)));
    this.open(found.length > 0);
    this.mark(found.length ? 0 : -1);
    this.say(said || (found.length === SHOWN ? this.words.wordsMore : ""));
  }

  line(part, at) {
    const line = document.createElement("li");
    line.id = `${this.list.id}-${at}`;
    line.dataset.at = at;
    line.setAttribute("role", "option");
    const name = piece("span", "pick-name", part.name);
    name.append(piece("span", "pick-more", `${this.words.wordsRevision} ${part.revision} · ${part.kind}`));
    line.append(piece("b", "", part.part_number), name, piece("span", "pick-stock", stock(part)));
    return line;
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  mark(to) {
    this.at = to;
    [...this.list.children].forEach((line, number) => line.setAttribute("aria-selected", String(number === to)));
    const marked = this.list.children[to];
    if (marked) {
      this.input.setAttribute("aria-activedescendant", marked.id);
      marked.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (this.list.hidden) this.ask();
      else this.mark((this.at + step + this.found.length) % this.found.length);
    } else if (event.key === "Enter" && !this.list.hidden && !this.waiting) {
      event.preventDefault();
      this.choose(this.found[this.at]);
    } else if (event.key === "Enter" && this.waiting && this.input.value.trim()) {
      // A scanner is quicker than the server: what it scanned is chosen when the answer is here.
      event.preventDefault();
      this.entered = true;
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.open(false);
      this.mark(-1);
    }
  }

  /** A field that is left takes the one part that fits; where several do, what was typed stays. */
  left() {
    const exact = this.exact(this.found);
    if (!this.list.hidden && this.input.value.trim() && (exact || this.found.length === 1)) this.choose(exact ?? this.found[0]);
    this.open(false);
    this.mark(-1);
  }

  choose(part) {
    clearTimeout(this.timer);
    this.asked += 1;
    this.waiting = this.entered = false;
    this.open(false);
    this.mark(-1);
    this.found = [];
    this.input.value = part.part_number;
    this.tell(part);
    if (this.chosen === part.part_number) return;
    this.chosen = part.part_number;
    this.input.dispatchEvent(new CustomEvent("part-picked", { bubbles: true, detail: part }));
  }

  tell(part) {
    this.say(`${part.name} · ${this.words.wordsRevision} ${part.revision} · ${part.kind} · ${stock(part)} ${this.words.wordsStock}`);
  }

  say(text) {
    if (this.said) this.said.textContent = text;
  }
}

const stock = (part) => `${grouped(part.stock)} ${part.uom}`;

function grouped(amount) {
  const [whole, rest] = String(amount).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (rest ? `.${rest}` : "");
}

export function piece(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
