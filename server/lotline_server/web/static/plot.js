// The one seam to the plotting library: nothing else knows which one it is. It is loaded when a plot is seen.

const HEIGHT = 268;
const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]];
const PLAIN_UNITS = new Set(["s", "V", "A", "W", "Hz", "Ω", "Ohm", "F", "H"]);

let loading = null;

function load() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("uplot.js", import.meta.url).href;
    script.onload = () => done(window.uPlot);
    script.onerror = () => failed(new Error("the plotting library did not load"));
    document.head.append(script);
  });
  return loading;
}

/** Draw an overview {x, low, high} in the place of an element's content. full: {from, to}, what "all" is.
    onRange hears {from, to} after every zoom. Gives show, zoom, move, reset, words. */
export async function makePlot(place, { overview, full, low, high, uom, axisUom, onRange }) {
  const Library = await load();
  const [factor, prefix] = prefixOf(Math.max(Math.abs(full.from), Math.abs(full.to)), axisUom);
  const unit = axisUom ? `${prefix}${axisUom}` : "sample";
  let range = { ...full };
  let colours = read();

  const at = document.createElement("p");
  at.className = "wave-at";
  at.hidden = true;

  const plot = new Library(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        bind: { dblclick: () => () => reset() },
      },
      scales: {
        x: { time: false, range: () => [range.from, range.to] },
        y: { range: (_, smallest, largest) => span(smallest, largest, low, high) },
      },
      axes: [
        axis({ label: unit, labelSize: 18, size: 32, labelFont: font(), values: (_, ticks) => ticks.map((tick) => write(tick / factor)) }),
        axis({ size: 58, label: uom || undefined, labelSize: uom ? 18 : 0, labelFont: font(), values: (_, ticks) => ticks.map(write) }),
      ],
      series: [
        {},
        { stroke: () => colours.line, width: 1.25, points: { show: false } },
        { stroke: () => colours.failed, paths: () => null, points: { show: true, size: 4, fill: () => colours.failed, filter: null } },
      ],
      hooks: {
        draw: [limits],
        setCursor: [tell],
        setScale: [
          (self, name) => {
            if (name !== "x") return;
            onRange({ ...range });
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width <= 0) return;
            go(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    lines(overview, low, high),
    place,
  );
  for (const child of [...place.children]) if (!child.classList.contains("uplot")) child.remove();
  place.append(at);

  const smallest = ((full.to - full.from) / Math.max(overview.count - 1, 1)) * 8;

  /** Show a range, kept within the whole and no narrower than a few samples. */
  function go(from, to) {
    const width = Math.min(Math.max(to - from, smallest), full.to - full.from);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - width / 2, full.from), full.to - width);
    range = { from: start, to: start + width };
    plot.setScale("x", { min: range.from, max: range.to });
  }

  function reset() {
    range = { ...full };
    plot.setScale("x", { min: full.from, max: full.to });
  }

  function axis(more) {
    return { stroke: () => colours.quiet, grid: { stroke: () => colours.grid, width: 1 }, ticks: { show: false }, font: font(), ...more };
  }

  function limits(self) {
    const { ctx, bbox } = self;
    ctx.save();
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.strokeStyle = colours.failed;
    for (const bound of [low, high]) {
      if (bound === null) continue;
      const y = Math.round(self.valToPos(bound, "y", true));
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  function tell(self) {
    const { idx } = self.cursor;
    const value = idx === null || idx === undefined ? null : self.data[1][idx];
    at.hidden = value === null || value === undefined;
    if (!at.hidden) at.textContent = `${words(self.data[0][idx])}: ${write(value)}${uom ? `\u00a0${uom}` : ""}`;
  }

  const words = (x) => `${write(x / factor)}\u00a0${unit}`;

  new ResizeObserver(() => {
    if (place.clientWidth && Math.abs(place.clientWidth - plot.width) > 1) plot.setSize({ width: place.clientWidth, height: HEIGHT });
  }).observe(place);
  const repaint = () => {
    colours = read();
    plot.redraw(false);
  };
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  return {
    show: (next) => {
      plot.setData(lines(next, low, high), false);
      plot.redraw(true, true);
    },
    zoom: (by) => {
      const half = ((range.to - range.from) / 2) * by;
      const middle = (range.from + range.to) / 2;
      go(middle - half, middle + half);
    },
    move: (by) => {
      const step = (range.to - range.from) * by;
      go(range.from + step, range.to + step);
    },
    reset,
    words,
  };
}

/** A line through lowest and highest of each stretch, and those points of it that break a limit. */
function lines({ x, low: bottoms, high: tops }, low, high) {
  const [xs, ys, broken] = [[], [], []];
  const breaks = (y) => (y !== null && ((high !== null && y > high) || (low !== null && y < low)) ? y : null);
  for (let i = 0; i < x.length; i += 1) {
    for (const y of bottoms[i] === tops[i] ? [bottoms[i]] : [bottoms[i], tops[i]]) {
      xs.push(x[i]);
      ys.push(y);
      broken.push(breaks(y));
    }
  }
  return [xs, ys, broken];
}

function span(smallest, largest, low, high) {
  const known = [smallest, largest, low, high].filter((each) => each !== null && each !== undefined && Number.isFinite(each));
  if (known.length === 0) return [0, 1];
  const [bottom, top] = [Math.min(...known), Math.max(...known)];
  const margin = (top - bottom) * 0.08 || Math.abs(top) * 0.05 || 1;
  return [bottom - margin, top + margin];
}

function prefixOf(largest, uom) {
  if (!PLAIN_UNITS.has(uom) || largest === 0) return [1, ""];
  return PREFIXES.find(([factor]) => largest >= factor) ?? [1, ""];
}

const write = (value) => String(Number(value.toPrecision(5))).replace("-", "−");
const font = () => `12px ${getComputedStyle(document.documentElement).fontFamily}`;

/** Canvas knows no custom properties: a probe gives them as colours, for light and for dark. */
function read() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { line: colour("accent"), quiet: colour("text-quiet"), grid: colour("line-color"), failed: colour("failed-text") };
  probe.remove();
  return found;
}
