// The pages' own behaviour. Each page works without it; it makes them quicker and keeps them live.

import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startTimes } from "./times.js";
import { startTips } from "./tips.js";
import { startForms } from "./forms.js";
import { startTicks } from "./ticks.js";
import { startMenus } from "./menus.js";
import { startNarrow } from "./narrow.js";
import { startOperations } from "./operations.js";
import { startPickers } from "./picker.js";
import { startSearch } from "./search.js";
import { startSerialFormat } from "./serials.js";
import { startWaves } from "./waves.js";

startLive();
startKeys();
startTimes();
startTips();
startForms();
startTicks();
startMenus();
startPickers(document);
startSearch();
startNarrow();
startOperations();
startSerialFormat();
startWaves(document);
