// The operator's screen: what the station says is drawn, what is scanned goes to the station.

import { Painter } from "./paint.js";
import { keepLinked } from "./link.js";
import { takeScans } from "./scan.js";
import { Sounds } from "./sound.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);

const painter = new Painter(read("marks"));
const sounds = new Sounds();

painter.paint(read("view"));
const link = keepLinked({
  view(view) {
    painter.paint(view);
    sounds.hear(view);
  },
});
takeScans({ isLive: () => link.isLive() });
