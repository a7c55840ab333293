// The field for a serial-number format: what it makes stands below it while somebody types.

const WAIT_MS = 150;

export function startSerialFormat() {
  const input = document.querySelector("[data-serial-format]");
  if (!input) return;
  const box = document.getElementById("format-try");
  const number = document.getElementById("field-part_number");
  const [said, error] = [box.querySelector(".format-said"), box.querySelector(".format-error")];
  let timer;
  let asked = 0;

  const ask = async () => {
    const mine = (asked += 1);
    const serial_format = input.value.trim() || `${number?.value.trim() || "GW2"}-{N6}`;
    const query = new URLSearchParams({ serial_format, first: input.dataset.first });
    let answer;
    try {
      answer = await fetch(`/api/v1/serial-format-example?${query}`);
    } catch {
      return;
    }
    const found = await answer.json();
    if (mine !== asked) return;
    said.hidden = !answer.ok;
    error.hidden = answer.ok;
    if (answer.ok) said.querySelector(".format-examples").replaceChildren(...found.examples.flatMap((each) => [piece(each), " "]));
    else error.textContent = sentence(found.detail ?? found.message ?? "");
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  };
  input.addEventListener("input", later);
  number?.addEventListener("input", later);
}

function piece(text) {
  const made = document.createElement("code");
  made.textContent = text;
  return made;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
