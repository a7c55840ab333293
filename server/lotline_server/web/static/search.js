// The search field of every page: what may be meant is shown while somebody types. Enter without a choice searches
// as a form does, and the server opens the one thing of that name: a scanner is quicker than any list.

import { Picker, piece } from "./picker.js";

export function startSearch() {
  const input = document.getElementById("search");
  if (input) new Search(input);
}

class Search extends Picker {
  async fetch() {
    if (!this.text()) return [];
    try {
      const answer = await fetch(`/search/suggestions?${new URLSearchParams({ q: this.input.value })}`);
      return answer.ok ? (await answer.json()).hits : null;
    } catch {
      return null;
    }
  }

  line(hit, at) {
    const line = document.createElement("li");
    line.id = `${this.list.id}-${at}`;
    line.dataset.at = at;
    line.setAttribute("role", "option");
    line.append(piece("b", "", hit.name), piece("span", "pick-name", hit.detail), piece("span", "pick-stock", hit.kind));
    return line;
  }

  exact() {
    return undefined;
  }

  recognise() {}

  show(found, said) {
    super.show(found, this.text() ? said : "");
    this.mark(-1);
  }

  pressed(event) {
    if (event.key === "Enter" && this.at < 0) return this.close();
    if (event.key === "ArrowUp" && this.at < 0) this.at = 0;
    super.pressed(event);
  }

  left() {
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.open(false);
    this.mark(-1);
    this.say("");
  }

  choose(hit) {
    this.close();
    location.assign(hit.href);
  }
}
