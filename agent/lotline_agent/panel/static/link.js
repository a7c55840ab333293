// The line to the station agent. What is on the screen counts only while the agent is heard.

import { say } from "./dom.js";

const SILENT_MS = 3500;
const AGAIN_MS = 1000;
const LOST = "What was on the screen may be out of date. Leave the unit where it is; the panel comes back by itself.";
const LOCKED = "lotline-agent was started again. Open the address that it printed.";

const build = document.querySelector('meta[name="lotline-build"]').content;

export function keepLinked({ view }) {
  let source = null;
  let silence = 0;

  const state = () => document.body.dataset.link;

  function become(link, help) {
    if (help !== undefined) say("lost-help", help);
    if (state() === link) return;
    document.body.dataset.link = link;
    document.querySelector("[data-stage]").inert = link === "lost";
    if (link === "lost") document.title = "Agent lost – Lotline";
  }

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(lose, SILENT_MS);
    become("live");
  }

  /** Say so at once; ask again soon. */
  function lose() {
    clearTimeout(silence);
    source.close();
    become("lost", LOST);
    setTimeout(ask, AGAIN_MS);
  }

  /** Find out whether this page still has its key, or is older than the agent, before it listens again. */
  async function ask() {
    try {
      const answer = await fetch("/view", { cache: "no-store", signal: AbortSignal.timeout(SILENT_MS) });
      if (answer.status === 403) say("lost-help", LOCKED);
      if (answer.ok && answer.headers.get("x-lotline-build") !== build) return location.reload();
      if (answer.ok) return listen();
    } catch {
      // Still away: the band stands.
    }
    setTimeout(ask, AGAIN_MS);
  }

  function listen() {
    source = new EventSource("/events");
    source.addEventListener("view", (event) => {
      const seen = JSON.parse(event.data);
      view(seen);
      document.title = `${seen.station} – Lotline`;
      heard();
    });
    source.addEventListener("beat", heard);
    source.addEventListener("error", lose);
    silence = setTimeout(lose, SILENT_MS);
  }

  listen();
  return { isLive: () => state() === "live" };
}
