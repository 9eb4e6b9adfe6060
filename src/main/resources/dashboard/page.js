// Shows each snapshot as it arrives. Snapshots are complete, so a missed one does not matter.
import { Chart } from "./charts.js";
import { showControls } from "./controls.js";
import { $, put } from "./dom.js";
import { showFlow } from "./flow.js";
import { ratesWith } from "./rates.js";
import { showConsumers, showFeed } from "./tables.js";
import { nothingKnown, showVerdict } from "./verdict.js";

const SILENCE_MILLIS = 5000;
const charts = {
  throughput: new Chart("throughput", "/s"), backlog: new Chart("backlog", ""),
  lag: new Chart("lag", ""), latency: new Chart("latency", " ms"),
};
let heard = Date.now();

function listen() {
  const events = new EventSource("/dashboard/events");
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
  const rates = ratesWith(now);
  link("on", "live");
  showVerdict(now);
  showFlow(now, rates);
  showConsumers(now);
  showFeed(now.feed);
  showControls(now);
  charts.throughput.add(now.at, { written: rates.written, consumed: rates.slowest });
  charts.backlog.add(now.at, { staged: now.staged.count, unpublished: now.log.head_offset - now.log.published_offset });
  charts.lag.add(now.at, lags(now.consumers));
  const slowest = p => now.consumers.reduce((max, c) => c.latency ? Math.max(max ?? 0, c.latency[p]) : max, null);
  charts.latency.add(now.at, { p50: slowest("p50"), p99: slowest("p99") });
}

// one line for each consumer, up to four; for more consumers, the smallest and the largest lag
function lags(consumers) {
  if (consumers.length <= 4) return Object.fromEntries(consumers.map(c => [c.name, c.lag]));
  const all = consumers.map(c => c.lag);
  return { least: Math.min(...all), most: Math.max(...all) };
}

setInterval(() => {
  if (Date.now() - heard > SILENCE_MILLIS) away("The server has been silent for 5 seconds");
}, 1000);
addEventListener("resize", () => Object.values(charts).forEach(chart => chart.draw()));
listen();
