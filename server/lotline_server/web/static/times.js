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
  const words = document.body.dataset;
  if (ago < 10) return said(words.justNow);
  if (ago < 60) return said(words.secondsAgo, ago);
  if (ago < 3600) return said(words.minutesAgo, ago / 60);
  return said(words.hoursAgo, ago / 3600);
}

const said = (words, n = 0) => words.replace("{n}", Math.floor(n)).replaceAll(" ", "\u00a0");
