// A line chart on a canvas: up to two minutes, lines told apart by dash as well as by colour.
const SPAN = 120_000;
const COLOURS = ["--a", "--b", "--c", "--d"];
const DASHES = [[], [6, 3], [2, 2], [9, 3, 2, 3]];

export class Chart {
  constructor(id, unit) {
    this.canvas = document.getElementById(id);
    this.legend = document.getElementById("legend-" + id);
    this.title = this.canvas.getAttribute("aria-label");
    this.unit = unit;
    this.points = [];
  }

  // values: an object from a line's name to its number, or null where there is none
  add(at, values) {
    this.points.push({ at, values });
    while (this.points[0].at < at - SPAN) this.points.shift();
    this.describe(values);
    this.draw(at);
  }

  describe(values) {
    const names = Object.keys(values).slice(0, COLOURS.length);
    while (this.legend.children.length > names.length) this.legend.lastChild.remove();
    names.forEach((name, i) => {
      let item = this.legend.children[i];
      if (!item) {
        item = document.createElement("span");
        const key = document.createElement("i");
        key.className = "key k" + i;
        item.append(key, document.createElement("span"), " ", document.createElement("b"));
        this.legend.append(item);
      }
      item.children[1].textContent = name;
      item.children[2].textContent = text(values[name]) + (values[name] === null ? "" : this.unit);
    });
    this.canvas.setAttribute("aria-label",
      this.title + ": " + names.map(name => `${name} ${text(values[name])}${this.unit}`).join(", "));
  }

  draw(now) {
    const { canvas, points } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const style = getComputedStyle(document.documentElement);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const names = Object.keys(points[points.length - 1].values).slice(0, COLOURS.length);
    const highest = Math.max(...points.flatMap(p => names.map(n => p.values[n] ?? 0)));
    const top = ceiling(highest);
    const span = Math.min(SPAN, Math.max(20_000, now - points[0].at));
    const x = at => width - (now - at) / span * width, y = v => height - 4 - v / top * (height - 20);
    pen.lineWidth = 1;
    pen.font = "11px system-ui, sans-serif";
    pen.setLineDash([]);
    for (const value of [0, top / 2, top]) {
      pen.strokeStyle = style.getPropertyValue("--line");
      pen.beginPath();
      pen.moveTo(0, Math.round(y(value)) + .5);
      pen.lineTo(width, Math.round(y(value)) + .5);
      pen.stroke();
      if (value > 0) {
        pen.fillStyle = style.getPropertyValue("--quiet");
        pen.fillText(text(value), 0, y(value) - 3);
      }
    }
    pen.lineWidth = 1.75;
    pen.lineJoin = "round";
    names.forEach((name, i) => {
      pen.strokeStyle = style.getPropertyValue(COLOURS[i]);
      pen.setLineDash(DASHES[i]);
      pen.beginPath();
      let down = false;
      for (const p of points) {
        const value = p.values[name];
        if (value === null || value === undefined) { down = false; continue; }
        if (down) pen.lineTo(x(p.at), y(value)); else pen.moveTo(x(p.at), y(value));
        down = true;
      }
      pen.stroke();
    });
  }
}

function ceiling(value) {
  if (value <= 2) return 2;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map(n => n * unit).find(n => n >= value);
}

export function text(value) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
