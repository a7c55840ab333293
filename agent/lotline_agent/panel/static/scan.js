// The keyboard wedge: a scanner types, ends with Enter or Tab, and does not look where the focus is.
// The field is the buffer. Keys that come while the focus is elsewhere are led into it.

import { say } from "./dom.js";

const ANSWER_MS = 5000;
const field = document.getElementById("scan");
const key = document.querySelector('meta[name="lotline-scan-key"]').content;

// Scanners send control characters as Ctrl and a letter: CR, LF, TAB end a scan, GS stands inside GS1 codes.
const ENDS = new Set(["m", "j", "i"]);
const GROUP_SEPARATOR = "\u001d";

export function takeScans({ isLive }) {
  let sending = Promise.resolve();

  /** Scans go one after the other, so they arrive in the order in which they were made. */
  function scan(text) {
    if (text === "") return;
    if (!isLive()) {
      say("told", `Not sent: ${text}`);
      return;
    }
    sending = sending.then(() => send(text));
  }

  async function send(text) {
    try {
      const answer = await fetch("/scan", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Lotline-Scan-Key": key },
        body: JSON.stringify({ text }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      say("told", answer.ok ? `Scanned ${text}` : `Not taken: ${text}. ${await answer.text()}`);
    } catch {
      // It is never sent again by itself: a run that starts by surprise is worse than a second scan.
      say("told", `No answer to ${text}. Scan it again when the panel is back.`);
    }
  }

  function end() {
    const text = field.value;
    field.value = "";
    scan(text);
  }

  function add(text) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  }

  function lead() {
    if (document.activeElement === field) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const command = (event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph");
    const wasElsewhere = document.activeElement !== field;
    lead();
    if (event.key === "Escape") {
      event.preventDefault();
      field.value = "";
      say("told", "");
    } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey) || (command && ENDS.has(event.key.toLowerCase()))) {
      event.preventDefault();
      end();
    } else if (command && event.key === "]") {
      event.preventDefault();
      add(GROUP_SEPARATOR);
    } else if (wasElsewhere && !command && !event.altKey && [...event.key].length === 1) {
      // The browser has already decided where this key goes; put it where it belongs.
      event.preventDefault();
      add(event.key);
    }
  }, { capture: true });

  document.addEventListener("paste", (event) => {
    event.preventDefault();
    lead();
    const parts = (event.clipboardData?.getData("text/plain") ?? "").split(/\r\n|[\r\n\t]/);
    parts.forEach((part, index) => {
      add(part);
      if (index < parts.length - 1) end();
    });
  }, { capture: true });

  // A touch keyboard's Send.
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    end();
  });

  // Nothing else on this screen takes keys.
  document.addEventListener("pointerup", lead);
  window.addEventListener("focus", lead);
  lead();
}
