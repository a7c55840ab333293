// Text reaches the page through textContent and nowhere else: a barcode is a stranger's text.

const SVG = "http://www.w3.org/2000/svg";

export const slot = (name) => document.querySelector(`[data-slot="${name}"]`);

/** Change a text only where it differs, so that a live region does not speak twice. */
export function say(name, text) {
  const place = slot(name);
  if (place.textContent !== text) place.textContent = text;
}

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function svg(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

export function glyph(name) {
  const made = document.querySelector('[data-template="glyph"]').content.firstElementChild.cloneNode(true);
  made.firstElementChild.setAttribute("href", `#glyph-${name}`);
  return made;
}

/** Point a glyph that is there already at another symbol. */
export function turnGlyph(name, to) {
  const use = slot(name).querySelector("use");
  if (use.getAttribute("href") !== `#glyph-${to}`) use.setAttribute("href", `#glyph-${to}`);
}

export function chip(mark) {
  const made = element("span", `chip is-${mark.meaning}`);
  made.append(glyph(mark.glyph), element("span", "chip-word", mark.word));
  return made;
}
