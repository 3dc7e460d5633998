// A small line chart: the last minutes of one number, drawn as SVG. It is a
// slider for the keyboard and for screen readers: arrow keys read the seconds.
import { clock, number, say, shortClock } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
// Seconds shown: the shortest of these that holds what is known, so that the
// first minute of a new program is a chart and not a dot.
const SPANS = [60, 120, 300, 600];
const HEIGHT = 150, LEFT = 44, RIGHT = 6, TOP = 10, BOTTOM = 22;

function element(name, attributes, parent) {
  const e = document.createElementNS(SVG, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  parent.append(e);
  return e;
}

// roundUp is the next number that makes a readable axis: 4, 10, 20, 40, 100…
export function roundUp(n) {
  if (n <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 4, 6, 10].map((m) => m * power).find((m) => m >= n);
}

// spanOf is how many seconds are shown of these points.
export function spanOf(points) {
  const known = points.length ? points[points.length - 1].t - points[0].t : 0;
  return SPANS.find((s) => s >= known) ?? SPANS[SPANS.length - 1];
}

export class Chart {
  // what: name, value(point) → number or null, bound(point) → number (optional
  // second line), text(point) → reading. onPick(index or null) is told when a
  // second is picked.
  constructor(parent, what, onPick) {
    this.what = what;
    this.points = [];
    this.picked = null;
    const figure = document.createElement("figure");
    figure.className = "chart";
    const caption = document.createElement("figcaption");
    const name = document.createElement("span");
    name.textContent = what.name;
    if (what.boundName) {
      const key = document.createElement("span");
      key.className = "key";
      key.textContent = " – – " + what.boundName;
      name.append(key);
    }
    this.reading = document.createElement("output");
    caption.append(name, this.reading);
    this.plot = document.createElement("div");
    this.plot.className = "plot";
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "slider");
    this.plot.setAttribute("aria-label", what.name);
    this.plot.setAttribute("aria-valuenow", "0");
    this.svg = element("svg", { "aria-hidden": "true" }, this.plot);
    figure.append(caption, this.plot);
    parent.append(figure);
    this.listen(onPick);
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  listen(onPick) {
    const at = (event) => {
      const box = this.plot.getBoundingClientRect();
      const part = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
      const span = spanOf(this.points), t = this.end() - span + part * span;
      let best = null;
      this.points.forEach((p, i) => { if (best === null || Math.abs(p.t - t) < Math.abs(this.points[best].t - t)) best = i; });
      onPick(best);
    };
    this.plot.addEventListener("pointermove", at);
    this.plot.addEventListener("pointerdown", at);
    this.plot.addEventListener("pointerleave", () => onPick(null));
    this.plot.addEventListener("blur", () => onPick(null));
    this.plot.addEventListener("keydown", (event) => {
      const last = this.points.length - 1, i = this.picked ?? last;
      const to = { ArrowLeft: i - 1, ArrowDown: i - 1, ArrowRight: i + 1, ArrowUp: i + 1, PageUp: i + 30, PageDown: i - 30, Home: 0, End: last }[event.key];
      if (event.key === "Escape") onPick(null);
      if (to === undefined || last < 0) return;
      event.preventDefault();
      onPick(Math.max(0, Math.min(last, to)));
    });
  }

  end() { return this.points.length ? this.points[this.points.length - 1].t : 0; }

  set(points, picked) {
    this.points = points;
    this.picked = picked;
    this.draw();
  }

  draw() {
    const width = this.plot.clientWidth;
    this.svg.replaceChildren();
    if (!width) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const { value, bound } = this.what;
    let most = 0;
    for (const p of this.points) most = Math.max(most, value(p) ?? 0, bound ? bound(p) : 0);
    const top = roundUp(most), span = spanOf(this.points);
    const x = (t) => LEFT + ((t - this.end() + span) / span) * (width - LEFT - RIGHT);
    const y = (n) => TOP + (1 - n / top) * (HEIGHT - TOP - BOTTOM);
    this.axes(width, top, span, x, y);
    this.curve(value, x, y, "curve", true);
    if (bound) this.curve(bound, x, y, "bound", false);
    this.read(x, y);
  }

  axes(width, top, span, x, y) {
    for (const n of [0, top / 2, top]) {
      element("line", { class: "rule", x1: LEFT, x2: width - RIGHT, y1: y(n), y2: y(n) }, this.svg);
      element("text", { x: LEFT - 7, y: y(n) + 4, "text-anchor": "end" }, this.svg).textContent = number(n);
    }
    if (!this.points.length) return;
    const step = span === 600 ? (width < 330 ? 300 : 120) : span / (width < 330 ? 2 : 4);
    const tell = span < 300 ? clock : shortClock;
    for (let t = Math.ceil((this.end() - span + 1) / step) * step; t <= this.end(); t += step) {
      if (x(t) < LEFT + 12 || x(t) > width - (span < 300 ? 26 : 14)) continue;
      element("text", { x: x(t), y: HEIGHT - 5, "text-anchor": "middle" }, this.svg).textContent = tell(t);
    }
  }

  // curve draws the stretches where the number is known.
  curve(value, x, y, kind, filled) {
    let path = "", fill = "", begun = null, before = null;
    const close = () => { if (begun !== null) fill += `L${before} ${y(0)}L${begun} ${y(0)}Z`; begun = null; };
    for (const p of this.points) {
      const n = value(p);
      if (n === null || p.t < this.end() - spanOf(this.points)) { close(); continue; }
      const at = `${x(p.t).toFixed(1)} ${y(n).toFixed(1)}`;
      const step = (begun === null ? "M" : "L") + at;
      if (begun === null) begun = x(p.t).toFixed(1);
      before = x(p.t).toFixed(1);
      path += step;
      fill += step;
    }
    close();
    if (filled) element("path", { class: "area", d: fill }, this.svg);
    element("path", { class: kind, d: path }, this.svg);
  }

  // read shows and says the picked second, or a summary.
  read(x, y) {
    const { name, value, text } = this.what;
    const p = this.picked === null ? null : this.points[this.picked];
    const slider = (k, v) => this.plot.setAttribute("aria-" + k, v);
    slider("valuemax", Math.max(this.points.length - 1, 0));
    slider("valuemin", 0);
    slider("valuenow", this.picked ?? Math.max(this.points.length - 1, 0));
    if (p) {
      const n = value(p);
      element("line", { class: "hair", x1: x(p.t), x2: x(p.t), y1: TOP, y2: HEIGHT - BOTTOM }, this.svg);
      if (n !== null) element("circle", { class: "spot", cx: x(p.t), cy: y(n), r: 4.5 }, this.svg);
      this.reading.textContent = clock(p.t) + "  " + text(p);
      slider("valuetext", clock(p.t) + ", " + text(p));
      return;
    }
    const known = this.points.filter((q) => value(q) !== null);
    this.reading.textContent = known.length ? text(known[known.length - 1]) : say("unknown");
    const high = known.reduce((a, b) => (a && value(a) >= value(b) ? a : b), null);
    slider("valuetext", high
      ? say("chart.summary", { name, now: text(known[known.length - 1]), max: number(value(high), 1), time: clock(high.t) })
      : say("chart.empty", { name }));
  }
}
