// A file that a person picks goes into the field for its text: what is sent is then what stands there.

export function startFiles() {
  for (const box of document.querySelectorAll("[data-file-into]")) {
    const into = document.getElementById(box.dataset.fileInto);
    box.hidden = false;
    box.querySelector("input").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      if (file) into.value = decoded(await file.arrayBuffer());
    });
  }
}

/** UTF-8, or UTF-16 with its mark; else what Windows writes where nobody chose: no byte is dropped. */
function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return new TextDecoder(first === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
