// The feed of recent events, filtered by kind. Above it is what people have broken with the controls.
import { $, count, element, put, rows } from "./dom.js";

const SIGNS = { failure: "✗", healed: "✓", order: "→", alarm: "!" };
const kinds = [...document.querySelectorAll("[data-kind]")];
let feed = [];
let shown;

export function showFeed(now) {
  feed = now.feed;
  showItems();
  $("pins").hidden = now.wounds.length === 0;
  rows($("pins"), now.wounds, makePin).forEach((pin, i) => {
    const wound = now.wounds[i];
    const [time, sign, words] = pin.children;
    pin.className = wound.healed ? "healed" : "failure";
    showTime(time, wound.at);
    put(sign, wound.healed ? SIGNS.healed : SIGNS.failure);
    put(words.children[0], "you " + wound.text);
    put(words.children[1], wound.state);
  });
}

function makePin() {
  return element("li", "", element("time"), element("span", "sign"), element("span", "", element("b"), ": ", element("span")));
}

function showItems() {
  const wanted = kinds.filter(kind => kind.checked).map(kind => kind.dataset.kind);
  const items = feed.filter(item => wanted.includes(item.kind));
  const key = JSON.stringify(items);
  if (key === shown) return;
  shown = key;
  $("feed").replaceChildren(...items.map(makeItem));
  if (items.length === 0) $("feed").append(element("li", "quiet", feed.length ? "Nothing of these kinds." : "Nothing yet."));
}

function makeItem(item) {
  const more = (item.records ? `, ${count(item.records, "record")}` : "") + (item.times > 1 ? ` × ${item.times}` : "");
  const time = element("time");
  showTime(time, item.at);
  return element("li", item.kind, time, element("span", "sign", SIGNS[item.kind]),
    element("span", "", element("b", "", item.role), " " + item.text + more));
}

function showTime(time, millis) {
  const at = new Date(millis);
  put(time, at.toLocaleTimeString("en-GB"));
  time.dateTime = at.toISOString();
}

kinds.forEach(kind => { kind.onchange = showItems; });
