// The two main statements: whether anything is lost, if that is audited, and whether all roles work and keep up.
import { $, amount, element, label, put, rows, span } from "./dom.js";

const STILL_MILLIS = 5000;
const MARKS = { good: "✓", warn: "!", bad: "✗", unknown: "?" };

export function showVerdict(now) {
  const { standing, audit } = now;
  $("books").hidden = $("totals").hidden = !audit;
  if (audit) showBooks(now);
  say("standing", standing.well ? "good" : "warn", standing.headline,
    [standing.details, still(now)].filter(text => text).join("; "));
  conclude(audit && !audit.balanced ? "bad" : standing.well ? "good" : "warn");
}

// For how long nothing has moved. This is no problem by itself: perhaps nothing has been written.
function still({ still_millis: millis }) {
  return millis < STILL_MILLIS ? "" : `nothing has moved for ${span(millis)}`;
}

function showBooks({ audit, consumers, quantities, total }) {
  rows($("totals"), quantities, () => element("div", "", element("dt"), element("dd"), element("dd", "quiet")))
    .forEach(({ children: [name, truth, unaccounted] }, i) => {
      const quantity = quantities[i];
      put(name, label(quantity));
      put(truth, amount(total[quantity.name], quantity));
      put(unaccounted, amount(audit.unaccounted[quantity.name], quantity) + " unaccounted for");
    });
  if (audit.balanced) {
    say("books", "good", "Nothing is lost", consumers.length === 0 ? "every record is in the log, or on its way there"
      : "every record is counted exactly once by every consumer, or on its way there");
  } else {
    const off = consumers.filter(c => !c.balanced).map(c => c.name).join(", ") || "the log";
    const differences = quantities.map(quantity => difference(quantity, audit.unaccounted[quantity.name]));
    say("books", "bad", "The books do not balance", `${off}: ${differences.filter(text => text).join("; ")}`);
  }
}

export function nothingKnown(reason) {
  say("books", "unknown", "Nothing is known right now", reason);
  say("standing", "unknown", "The state of the roles is unknown",
    $("books").hidden ? reason : "the values below are the last ones received");
  conclude("unknown");
}

// A negative amount was counted although no record has it.
function difference(quantity, unaccounted) {
  const { name, unit } = quantity;
  return unaccounted === 0 ? "" : [name.replaceAll("_", " "), amount(Math.abs(unaccounted), quantity), unit,
    unaccounted < 0 ? "too much" : "unaccounted for"].filter(word => word).join(" ");
}

function say(id, state, sentence, more) {
  const statement = $(id);
  statement.dataset.state = state;
  put(statement.querySelector(".mark"), MARKS[state]);
  put(statement.querySelector("h2"), sentence);
  put(statement.querySelector("h2").parentElement.nextElementSibling, more);
}

// The worse of the two states, as the frame's colour and in the title of the tab.
function conclude(state) {
  $("verdict").dataset.state = state;
  const title = MARKS[state] + " Rocket Rides log";
  if (document.title !== title) document.title = title;
}
