// Shows each snapshot as it comes. Snapshots are complete, so a missed one is no loss.
import { Chart, text } from "./charts.js";

const PACES = [0, 1, 5, 20, 50, 100, 200, 500, 1000, 5000];
const SIGNS = { failure: "✗", healed: "✓", order: "→", alarm: "!" };
const POINTS = [...document.querySelectorAll("[data-point]")];
const $ = id => document.getElementById(id);
const metres = new Intl.NumberFormat("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const charts = {
  throughput: new Chart("throughput", "/s"), backlog: new Chart("backlog", ""),
  lag: new Chart("lag", ""), latency: new Chart("latency", " ms"),
};
let history = [], heard = 0, held = 0, events;

function listen() {
  events = new EventSource("/dashboard/events");
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
  $("link").dataset.state = "off";
  $("link").textContent = "no news";
  verdict("unknown", "…", "Nothing is known right now", reason);
}

setInterval(() => { if (heard && Date.now() - heard > 5000) away("The server has been silent for 5 seconds"); }, 1000);

function verdict(state, mark, sentence, more) {
  const box = $("verdict");
  box.dataset.state = state;
  put(box.querySelector(".mark"), mark);
  put($("verdict-text"), sentence);
  put($("verdict-more"), more);
}

function put(element, content) {
  if (element.textContent !== content) element.textContent = content;
}

function show(now) {
  put($("link"), "live");
  $("link").dataset.state = "on";
  history.push(now);
  while (history.length > 2 && history[0].at < now.at - 2500) history.shift();
  const before = history[0];
  const rate = of => now.at > before.at ? Math.max(0, (of(now) - of(before)) * 1000 / (now.at - before.at)) : 0;

  showVerdict(now);
  const rates = {
    rides: rate(s => s.rides.count), sealed: rate(s => s.log.head_offset),
    published: rate(s => s.log.published_offset),
    consumed: rate(s => Math.min(...s.consumers.map(c => c.offset), s.log.head_offset)),
  };
  put($("distance"), metres.format(now.rides.total_distance));
  put($("unaccounted"), metres.format(now.audit.unaccounted_distance));
  put($("rides"), text(now.rides.count));
  put($("rides-rate"), text(rates.rides));
  put($("staged"), text(now.staged.count));
  put($("sealed"), text(now.log.head_offset));
  put($("published"), text(now.log.published_offset));
  put($("entries"), now.log.stream_entries === null ? "unknown" : text(now.log.stream_entries));
  for (const [pipe, of] of Object.entries({ staged: "rides", sealed: "sealed", published: "published", consumed: "consumed" })) {
    $("pipe-" + pipe).classList.toggle("moving", rates[of] > 0);
    $("pipe-" + pipe).style.setProperty("--beat", beat(rates[of]));
  }
  showConsumed(now);
  showConsumers(now);
  showFeed(now.feed);
  showControls(now);

  charts.throughput.add(now.at, { rides: rates.rides, consumed: rates.consumed });
  charts.backlog.add(now.at, { staged: now.staged.count, unpublished: now.log.head_offset - now.log.published_offset });
  charts.lag.add(now.at, Object.fromEntries(now.consumers.map(c => [c.name, c.lag])));
  const slowest = p => now.consumers.reduce((max, c) => c.latency ? Math.max(max ?? 0, c.latency[p]) : max, null);
  charts.latency.add(now.at, { p50: slowest("p50"), p99: slowest("p99") });
}

// a few steps only: each change of the duration makes the animation jump
function beat(rate) {
  return rate > 1000 ? ".25s" : rate > 100 ? ".5s" : rate > 10 ? "1s" : "2s";
}

function showVerdict(now) {
  const off = now.consumers.filter(c => !c.balanced);
  const underway = now.staged.count + Math.max(0, ...now.consumers.map(c => c.lag));
  if (!now.audit.balanced) {
    verdict("bad", "✗", "The books do not balance",
      (off.length ? off.map(c => c.name).join(", ") : "the log") + ` against the rides table: ${metres.format(now.audit.unaccounted_distance)} m, `
      + `${count(now.audit.unaccounted_rides, "ride")} unaccounted for`);
  } else if (now.consumers.length === 0) {
    verdict("good", "✓", "The books balance", "no consumer is registered yet");
  } else {
    const all = now.consumers.length === 1 ? "the only consumer agrees" : now.consumers.length === 2
      ? "both consumers agree" : `all ${now.consumers.length} consumers agree`;
    verdict("good", "✓", "The books balance, " + all, underway === 0
      ? "every ride has been counted exactly once, by everyone"
      : `counted exactly once, or on the way: ${count(underway, "record")}`);
  }
}

function count(number, what) {
  return `${text(number)} ${what}${number === 1 ? "" : "s"}`;
}

function rows(list, items, make) {
  while (list.children.length > items.length) list.lastElementChild.remove();
  while (list.children.length < items.length) list.append(make());
  return [...list.children];
}

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function showConsumed(now) {
  rows($("consumed"), now.consumers, () => element("li", "", element("span"), element("span", "where"),
    element("span", "bar", element("i")))).forEach((row, i) => {
    const consumer = now.consumers[i];
    put(row.children[0], consumer.name + (consumer.lag ? `  −${text(consumer.lag)}` : ""));
    put(row.children[1], text(consumer.offset));
    const share = now.log.head_offset ? consumer.offset / now.log.head_offset : 1;
    row.children[2].firstChild.style.transform = `scaleX(${share})`;
  });
}

function showConsumers(now) {
  rows($("consumers"), now.consumers, () => {
    const row = element("tr");
    for (let i = 0; i < 10; i++) row.append(element("td", "", element("span")));
    const crash = element("button", "", "Crash"), pause = element("button", "", "Pause");
    crash.type = pause.type = "button";
    crash.onclick = () => order("crash", { role: row.dataset.name });
    pause.onclick = () => order("pause", { role: row.dataset.name, paused: pause.textContent === "Pause" });
    row.append(element("td", "control", crash, " ", pause));
    return row;
  }).forEach((row, i) => {
    const c = now.consumers[i];
    const paused = now.paused.includes(c.name);
    row.dataset.name = c.name;
    const [crash, pause] = row.querySelectorAll("button");
    crash.setAttribute("aria-label", "Crash " + c.name);
    put(pause, paused ? "Resume" : "Pause");
    pause.setAttribute("aria-label", pause.textContent + " " + c.name);
    [c.name + (paused ? " (paused)" : ""), metres.format(c.total_distance), text(c.offset), text(c.lag),
      c.latency ? c.latency.p50.toFixed(1) : "–", c.latency ? c.latency.p99.toFixed(1) : "–",
      text(c.duplicates_skipped), text(c.gaps_healed), text(c.simulated_crashes), c.balanced ? "✓ balance" : "✗ differ",
    ].forEach((content, j) => put(row.children[j].firstChild, content));
    row.children[0].firstChild.className = paused ? "paused" : "";
    row.children[9].firstChild.className = c.balanced ? "good" : "bad";
  });
}

let shownFeed = "";
function showFeed(feed) {
  const key = JSON.stringify(feed);
  if (key === shownFeed || feed.length === 0) return;
  shownFeed = key;
  $("feed").replaceChildren(...feed.map(item => {
    const at = new Date(item.at);
    const time = element("time", "", at.toLocaleTimeString("en-GB"));
    time.dateTime = at.toISOString();
    const more = (item.records ? `, ${count(item.records, "record")}` : "")
      + (item.times > 1 ? ` × ${item.times}` : "");
    return element("li", item.kind, time, element("span", "sign", SIGNS[item.kind]),
      element("span", "", element("b", "", item.role), " " + item.text + more));
  }));
}

function showControls(now) {
  document.querySelectorAll(".control").forEach(part => { part.hidden = !now.controls; });
  if (Date.now() - held < 1500) return; // a hand is on it
  for (const slider of POINTS) {
    slider.value = Math.round(now.failures[slider.dataset.point] * 100);
    put(slider.nextElementSibling, slider.value + " %");
  }
  if (PACES.includes(now.pace)) $("pace").value = PACES.indexOf(now.pace);
  put($("pace").nextElementSibling, now.pace === null ? "as configured" : `${text(now.pace)}/s`);
}

function pace(i) {
  return `${text(PACES[i])}/s`;
}

async function order(name, body) {
  try {
    const response = await fetch("/dashboard/controls/" + name, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    put($("answer"), response.ok ? "Done: " + name + "." : (await response.json()).error);
  } catch (e) {
    put($("answer"), "The server did not answer.");
  }
}

for (const button of document.querySelectorAll("[data-order]")) {
  button.onclick = () => order(button.dataset.order, JSON.parse(button.dataset.body));
}
for (const slider of POINTS) {
  slider.oninput = () => { held = Date.now(); put(slider.nextElementSibling, slider.value + " %"); };
  slider.onchange = () => { held = Date.now(); order("failures", { [slider.dataset.point]: slider.value / 100 }); };
}
$("pace").oninput = () => { held = Date.now(); put($("pace").nextElementSibling, pace($("pace").value)); };
$("pace").onchange = () => {
  held = Date.now();
  order("pace", { rides_per_second: PACES[$("pace").value] });
};
addEventListener("resize", () => { if (history.length) Object.values(charts).forEach(c => c.draw(history[history.length - 1].at)); });
listen();
