// Forms: the first wrong field has the focus, a toast goes by itself.

import { decoded } from "./files.js";

const TOAST_MS = 8000;

export function startForms() {
  const wrong = document.querySelector("[aria-invalid=true]") ?? document.getElementById("form-errors");
  wrong?.focus();
  for (const area of document.querySelectorAll("textarea[data-file]")) takeFile(area);
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

/** Let a person take a file where text is to be pasted: its text is put into the field, to be looked at. */
function takeFile(area) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept: ".csv,.txt,.tsv,text/plain,text/csv", hidden: true });
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button button-small", textContent: area.dataset.file });
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    area.value = decoded(await file.arrayBuffer()).slice(0, area.maxLength > 0 ? area.maxLength + 1 : undefined);
    area.focus();
  });
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
  area.after(button, input);
}
