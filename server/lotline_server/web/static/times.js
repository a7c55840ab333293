// Relative times that stay true while the page stands; the same words as shown.py.

const EVERY_MS = 15_000;
const DAY_MS = 86_400_000;

export function startTimes() {
  setInterval(sayTimes, EVERY_MS);
}

export function sayTimes() {
  const now = Date.now();
  for (const place of document.querySelectorAll("time[data-relative]")) {
    const words = relative(Date.parse(place.dateTime), now);
    if (words !== null && place.textContent !== words) place.textContent = words;
  }
}

/** Null for what is older than today: the server's words stay true, and only it knows the site's zone. */
function relative(at, now) {
  const ago = (now - at) / 1000;
  if (ago < -5 || now - at > DAY_MS / 4) return null;
  if (ago < 10) return "just now";
  if (ago < 60) return `${Math.floor(ago)}\u00a0s ago`;
  if (ago < 3600) return `${Math.floor(ago / 60)}\u00a0min ago`;
  return `${Math.floor(ago / 3600)}\u00a0h ago`;
}
