// What each consumer has counted, and what has happened lately.
import { $, count, element, metres, put, rows, text } from "./dom.js";

const SIGNS = { failure: "✗", healed: "✓", order: "→", alarm: "!" };
const COLUMNS = ["name", "total, m", "offset", "lag", "p50, ms", "p99, ms", "duplicates skipped", "gaps healed",
  "crashes", "books"];

export function showConsumers(now) {
  rows($("consumers"), now.consumers, makeConsumer).forEach((row, i) => {
    const c = now.consumers[i];
    const { fault } = now.standing.parts.find(part => part.who === c.name);
    [c.name + (fault ? ` (${fault})` : ""), metres(c.total_distance), text(c.offset), text(c.lag), text(c.latency?.p50),
      text(c.latency?.p99), text(c.duplicates_skipped), text(c.gaps_healed), text(c.simulated_crashes),
      c.balanced ? "✓ balance" : "✗ differ",
    ].forEach((content, j) => put(row.children[j].firstChild, content));
    row.children[0].firstChild.className = fault ? "fault" : "";
    row.children[9].firstChild.className = c.balanced ? "good" : "bad";
  });
}

function makeConsumer() {
  return element("tr", "", ...COLUMNS.map((label, i) => {
    const cell = element(i ? "td" : "th", "", element("span"));
    if (i) cell.dataset.label = label; // shown beside it where the screen is too narrow for a table
    else cell.scope = "row";
    return cell;
  }));
}

let shown = "";
export function showFeed(feed) {
  const key = JSON.stringify(feed);
  if (key === shown || feed.length === 0) return;
  shown = key;
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
