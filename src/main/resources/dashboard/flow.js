// The picture of the pipeline: the count at each stage, and the rate between stages.
import { $, element, fault, put, rows, text } from "./dom.js";

const LONG_MILLIS = 2000;

// Below how many records a second, how long a dot takes to the next one's place, and how far that is. A few steps only,
// because each change of the duration makes the animation jump.
const DOTS = [[1, "3s", "60px"], [10, "1.2s", "30px"], [100, ".5s", "18px"], [1000, ".2s", "11px"], [Infinity, ".1s", "7px"]];

export function showFlow(now) {
  const { rates } = now;
  put($("written"), text(now.log.head_offset + now.staged.count)); // what is not sealed yet waits for it
  put($("staged"), text(now.staged.count));
  put($("sealed"), text(now.log.head_offset));
  put($("published"), text(now.log.published_offset));
  const note = unpublished(now);
  put($("entries"), (now.log.stream_entries === null ? "Redis does not answer"
    : text(now.log.stream_entries) + (now.log.stream_entries === 1 ? " entry now" : " entries now")) + (note ? ";" : ""));
  put($("published-note"), note);
  flows($("pipe-staged"), rates.written);
  flows($("pipe-sealed"), rates.sealed);
  flows($("pipe-published"), rates.published);
  rows($("consumed"), now.consumers, makeEnd).forEach((end, i) => {
    const consumer = now.consumers[i];
    const { place } = now.standing.parts.find(part => part.who === consumer.name);
    const wrong = fault(now, consumer.name);
    const [pipe, stage] = end.children;
    flows(pipe, rates.consumers[consumer.name]);
    stage.classList.toggle("fault", wrong !== null);
    put(stage.children[0], consumer.name);
    put(stage.children[1], text(consumer.offset));
    put(stage.children[2], (wrong && wrong !== "behind" ? wrong + (now.partitions ? "; " : ", ") : "") + place);
  });
}

// Consumers may be ahead of the published offset: a segment is marked as published after it was sent, and while Redis
// cannot be reached, consumers read from Postgres.
function unpublished({ log, consumers }) {
  if (log.unpublished_millis > LONG_MILLIS) {
    return `${text(log.head_offset - log.published_offset)} not marked as published; consumers read from Postgres what Redis lacks`;
  }
  return consumers.some(c => c.offset > log.published_offset) ? "more is sent, and marked soon" : "";
}

function makeEnd() {
  const pipe = element("span", "pipe", element("b"));
  pipe.setAttribute("aria-hidden", "true");
  return element("li", "", pipe,
    element("div", "stage", element("h3"), element("p", "big"), element("p", "quiet")));
}

function flows(pipe, rate) {
  pipe.classList.toggle("moving", rate > 0);
  const [, beat, gap] = DOTS.find(([below]) => !(rate >= below));
  pipe.style.setProperty("--beat", beat);
  pipe.style.setProperty("--gap", gap);
  put(pipe.firstElementChild, rate > 0 ? text(rate) + "/s" : "");
}
