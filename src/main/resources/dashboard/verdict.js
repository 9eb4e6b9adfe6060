// The one statement that nobody can miss: whether the books balance.
import { $, count, metres, put } from "./dom.js";

export function showVerdict(now) {
  put($("distance"), metres(now.rides.total_distance));
  put($("unaccounted"), metres(now.audit.unaccounted_distance));
  if (!now.audit.balanced) {
    const off = now.consumers.filter(c => !c.balanced).map(c => c.name).join(", ") || "the log";
    say("bad", "✗", "The books do not balance", `${off} against the rides table: ${difference(now.audit)}`);
  } else if (now.consumers.length === 0) {
    say("good", "✓", "The books balance", "no consumer is registered yet");
  } else {
    const underway = now.staged.count + Math.max(...now.consumers.map(c => c.lag));
    say("good", "✓", "The books balance, " + agreement(now.consumers.length), underway === 0
      ? "every ride has been counted exactly once, by everyone"
      : `counted exactly once, or on the way: ${count(underway, "record")}`);
  }
}

export function nothingKnown(reason) {
  say("unknown", "?", "Nothing is known right now", reason);
}

function agreement(consumers) {
  return consumers === 1 ? "the only consumer agrees"
    : consumers === 2 ? "both consumers agree" : `all ${consumers} consumers agree`;
}

// negative is what has been counted although there is no such ride
function difference({ unaccounted_distance: distance, unaccounted_rides: rides }) {
  return `${metres(Math.abs(distance))} m ${distance < 0 ? "too much" : "unaccounted for"}`
    + (rides ? `, ${count(Math.abs(rides), "ride")} ${rides < 0 ? "too many" : "missing"}` : "");
}

function say(state, mark, sentence, more) {
  const box = $("verdict");
  box.dataset.state = state;
  put(box.querySelector(".mark"), mark);
  put($("verdict-text"), sentence);
  put($("verdict-more"), more);
  const title = mark + " Rocket Rides log";
  if (document.title !== title) document.title = title;
}
