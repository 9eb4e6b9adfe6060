// Shows each snapshot as it arrives. Snapshots are complete, so a missed one does not matter.
import { Chart, logarithmic, SPAN } from "./charts.js";
import { showControls } from "./controls.js";
import { $, put, span, text } from "./dom.js";
import { showFeed } from "./feed.js";
import { showFlow } from "./flow.js";
import { showConsumers, showPartitions, showProcesses } from "./tables.js";
import { nothingKnown, showVerdict } from "./verdict.js";

const SILENCE_MILLIS = 5000;
const APART = 1000;
const charts = [
  new Chart("throughput", rate => text(rate) + "/s", ({ written, consumed }) => ({ written, consumed })),
  new Chart("backlog", text, ({ staged, unpublished }) => ({ staged, unpublished })),
  new Chart("lag", text, point => point.lags),
  new Chart("latency", millis => millis < 10_000 ? text(millis) + " ms" : span(millis), ({ p50, p99 }) => ({ p50, p99 }), logarithmic),
];
let points = [];
let heard = Date.now();

function listen() {
  const events = new EventSource("/dashboard/events");
  events.addEventListener("history", message => { points = JSON.parse(message.data); });
  events.onmessage = message => {
    heard = Date.now();
    const now = JSON.parse(message.data);
    if (now.away) away("Postgres does not answer; waiting for it");
    else show(now);
  };
  events.onerror = () => {
    away("No connection to the server; trying again");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

function away(reason) {
  link("off", "no news");
  nothingKnown(reason);
}

function link(state, words) {
  $("link").dataset.state = state;
  put($("link"), words);
}

function show(now) {
  link("on", "live");
  showVerdict(now);
  showFlow(now);
  showConsumers(now);
  showProcesses(now);
  showPartitions(now);
  showFeed(now);
  showControls(now);
  keep(now.chart);
  charts.forEach(chart => chart.show(points));
}

// One point a second, as the server keeps them; the latest one follows each snapshot.
function keep(point) {
  points = points.filter(({ at }) => at > point.at - SPAN && at <= point.at);
  if (points.length > 1 && points[points.length - 1].at < points[points.length - 2].at + APART) points.pop();
  points.push(point);
}

setInterval(() => {
  if (Date.now() - heard > SILENCE_MILLIS) away("The server has been silent for 5 seconds");
}, 1000);
addEventListener("resize", () => charts.forEach(chart => chart.draw()));
listen();
