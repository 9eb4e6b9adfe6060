// A line chart on a canvas, of up to two minutes. Lines differ by dash as well as by colour. Unknown values are gaps.
import { $, element, put, rows, text } from "./dom.js";

export const SPAN = 120_000;
const SHORTEST_SPAN = 20_000;
const GAP = 10_000; // without a point for so long, nothing was known
const COLOURS = ["--a", "--b", "--c", "--d"];
const DASHES = [[], [6, 3], [2, 2], [9, 3, 2, 3]];
const TOP = 16, BOTTOM = 18; // room for the labels above and below

export class Chart {
  // of: from a point to an object from a line's name to its number, or null where there is none; four lines at most
  constructor(id, say, of, scale = linear) {
    this.canvas = $(id);
    this.legend = $("legend-" + id);
    this.title = this.canvas.getAttribute("aria-label");
    Object.assign(this, { say, of, scale });
    this.points = [];
  }

  show(points) {
    this.points = points.map(point => ({ at: point.at, values: this.of(point) }));
    const { values } = this.points[this.points.length - 1];
    this.names = Object.keys(values).slice(0, COLOURS.length);
    this.describe(values);
    this.draw();
  }

  describe(values) {
    const say = name => values[name] == null ? text(null) : this.say(values[name]);
    rows(this.legend, this.names, () => element("span", "", element("i"), element("span"), " ", element("b")))
      .forEach((item, i) => {
        item.children[0].className = "key k" + i;
        put(item.children[1], this.names[i]);
        put(item.children[2], say(this.names[i]));
      });
    this.canvas.setAttribute("aria-label",
      this.title + ": " + this.names.map(name => `${name} ${say(name)}`).join(", "));
  }

  draw() {
    if (this.points.length === 0) return;
    const pen = this.clear();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const now = this.points[this.points.length - 1].at;
    const span = Math.min(SPAN, Math.max(SHORTEST_SPAN, now - this.points[0].at));
    const { levels, height: share } = this.scale(
      this.points.flatMap(p => this.names.map(name => p.values[name])).filter(value => value != null));
    const x = at => width - (now - at) / span * width;
    const y = value => height - BOTTOM - share(value) * (height - TOP - BOTTOM);
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name);

    pen.font = "11px system-ui, sans-serif";
    pen.lineWidth = 1;
    pen.strokeStyle = colour("--line");
    pen.fillStyle = colour("--quiet");
    for (const value of levels) {
      const level = Math.round(y(value)) + .5;
      stroke(pen, [[0, level], [width, level]]);
      if (value > 0) pen.fillText(text(value), 0, level - 4);
    }
    pen.fillText(ago(span), 0, height - 4);
    pen.textAlign = "right";
    pen.fillText("now", width, height - 4);
    pen.textAlign = "left";

    pen.lineWidth = 1.75;
    pen.lineJoin = "round";
    this.names.forEach((name, i) => {
      pen.strokeStyle = colour(COLOURS[i]);
      pen.setLineDash(DASHES[i]);
      for (const run of unbroken(this.points, name)) stroke(pen, run.map(p => [x(p.at), y(p.values[name])]));
    });
  }

  // Sharp on every screen: the canvas has as many pixels as the screen shows.
  clear() {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    pen.setLineDash([]);
    return pen;
  }
}

function stroke(pen, points) {
  pen.beginPath();
  points.forEach(([x, y]) => pen.lineTo(x, y));
  pen.stroke();
}

function unbroken(points, name) {
  const runs = [[]];
  for (const point of points) {
    const run = runs[runs.length - 1];
    if (point.values[name] == null) runs.push([]);
    else if (run.length && point.at - run[run.length - 1].at > GAP) runs.push([point]);
    else run.push(point);
  }
  return runs;
}

function ago(span) {
  const seconds = Math.round(span / 1000);
  return seconds < 120 ? seconds + " s ago" : "2 min ago";
}

// A scale: the levels to draw a line at, and the share of the height that a value has.
function linear(values) {
  const top = ceiling(Math.max(2, ...values), [1, 2, 4, 6, 8, 10]);
  return { levels: [0, top / 2, top], height: value => value / top };
}

// A logarithmic scale: the median stays readable beside one slow record.
export function logarithmic(values) {
  const positive = values.filter(value => value > 0);
  if (positive.length === 0) return linear(values);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const decade = 10 ** Math.floor(Math.log10(least));
  const bottom = [5, 2, 1].map(n => n * decade).find(n => n <= least);
  const top = ceiling(Math.max(most, bottom * 2), [1, 2, 5, 10]);
  const span = Math.log(top / bottom);
  const height = value => Math.log(Math.max(value, bottom) / bottom) / span;
  const levels = [bottom, top];
  for (let level = decade * 10; level < top; level *= 10) {
    if (height(level) > .17 && height(level) < .83) levels.push(level); // else its label would be on another's
  }
  return { levels, height };
}

function ceiling(value, steps) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return steps.map(n => n * unit).find(n => n >= value);
}
