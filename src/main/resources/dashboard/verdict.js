// Two statements that nobody can miss, each true by itself: whether anything is lost, and who is where.
import { $, count, metres, put } from "./dom.js";

const MARKS = { good: "✓", warn: "!", bad: "✗", unknown: "?" };

export function showVerdict(now) {
  put($("distance"), metres(now.rides.total_distance));
  put($("unaccounted"), metres(now.audit.unaccounted_distance));
  const { standing } = now;
  if (now.audit.balanced) {
    say("books", "good", "Nothing is lost", now.consumers.length === 0
      ? "every ride is in the log, or on its way there"
      : "every ride is counted exactly once by every consumer, or on its way there");
  } else {
    const off = now.consumers.filter(c => !c.balanced).map(c => c.name).join(", ") || "the log";
    say("books", "bad", "The books do not balance", `${off} against the rides table: ${difference(now.audit)}`);
  }
  say("standing", standing.well ? "good" : "warn", standing.headline, standing.details);
  conclude(!now.audit.balanced ? "bad" : standing.well ? "good" : "warn");
}

export function nothingKnown(reason) {
  say("books", "unknown", "Nothing is known right now", reason);
  say("standing", "unknown", "Nobody knows who is where", "what is below is what was last heard");
  conclude("unknown");
}

// negative is what has been counted although there is no such ride
function difference({ unaccounted_distance: distance, unaccounted_rides: rides }) {
  return `${metres(Math.abs(distance))} m ${distance < 0 ? "too much" : "unaccounted for"}`
    + (rides ? `, ${count(Math.abs(rides), "ride")} ${rides < 0 ? "too many" : "missing"}` : "");
}

function say(id, state, sentence, more) {
  const statement = $(id);
  statement.dataset.state = state;
  put(statement.querySelector(".mark"), MARKS[state]);
  put(statement.querySelector("h2"), sentence);
  put(statement.querySelector("h2").parentElement.nextElementSibling, more);
}

// The worse of the two, in the frame and in the tab's title.
function conclude(state) {
  $("verdict").dataset.state = state;
  const title = MARKS[state] + " Rocket Rides log";
  if (document.title !== title) document.title = title;
}
