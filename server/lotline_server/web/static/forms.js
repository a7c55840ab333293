// Forms: the first wrong field has the focus, a toast goes by itself.

const TOAST_MS = 8000;

export function startForms() {
  const wrong = document.querySelector("[aria-invalid=true]") ?? document.getElementById("form-errors");
  wrong?.focus();
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
