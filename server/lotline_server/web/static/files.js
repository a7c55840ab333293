// The text of a file that a person picks, whatever program wrote it.

/** UTF-8, or UTF-16 with its mark; else what Windows writes where nobody chose: no letter is lost unsaid. */
export function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return new TextDecoder(first === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
