// The controls that inject failures. The sliders follow the server, except while a person moves them.
import { $, element, put, rows, text } from "./dom.js";

const PACES = [0, 1, 5, 20, 50, 100, 200, 500, 1000, 5000];
const REST_MILLIS = 300;
const SNAPSHOT_MILLIS = 1000;
const MOST_PAIRS = 6; // of buttons; if there are more consumers and partitions, a person selects one of them
const points = [...document.querySelectorAll("[data-point]")];
const pace = $("pace");
// Sliders whose order has not been answered yet.
const moving = new Set();
let last;

export function showControls(now) {
  last = now;
  $("controls").hidden = !now.controls;
  const { own } = now;
  for (const part of document.querySelectorAll("[data-needs]")) {
    const needed = own[part.dataset.needs];
    part.hidden = !(needed.length ?? needed);
  }
  rows($("streamers"), own.streamers, makeStreamer).forEach((button, i) => {
    button.dataset.name = own.streamers[i];
    put(button, "Crash " + own.streamers[i]);
  });
  const consumers = selected(own.consumers);
  rows($("roles"), consumers, makeRole).forEach((role, i) => {
    const name = consumers[i];
    const paused = now.standing.parts.some(part => part.who === name && part.fault === "paused");
    role.dataset.name = name;
    role.dataset.paused = paused;
    put(role.children[0], "Crash " + name);
    role.children[0].disabled = paused;
    put(role.children[1], (paused ? "Resume " : "Pause ") + name);
  });
  for (const slider of points.filter(slider => !moving.has(slider))) {
    slider.value = Math.round(now.failures[slider.dataset.point] * 100);
    says(slider, slider.value + " %");
  }
  if (moving.has(pace)) return;
  if (PACES.includes(now.pace)) pace.value = PACES.indexOf(now.pace);
  says(pace, now.pace === null ? "as configured" : upTo(now.pace));
  put($("held-back"), heldBack(now));
}

function selected(consumers) {
  const which = $("which");
  which.hidden = consumers.length <= MOST_PAIRS;
  if (which.hidden) return consumers;
  rows(which, consumers, () => element("option")).forEach((option, i) => put(option, consumers[i]));
  return [which.value];
}

// Why the pace that was asked for is not reached. A few requests a second more or less are no news.
function heldBack({ pace, simulated }) {
  if (!simulated || pace < 5 || simulated.per_second > .8 * pace) return "";
  const { per_second: reached, at_once: atOnce } = simulated;
  return `${text(reached)}/s of ${text(pace)}/s asked: ` + (reached === 0 ? "the API does not answer"
    : atOnce === 1 ? "the simulator sends one request at a time, and waits for its answer"
    : `the simulators have ${text(atOnce)} requests under way at once, and wait for their answers`);
}

function makeStreamer() {
  const crash = element("button");
  crash.type = "button";
  crash.onclick = () => order("crash", { role: crash.dataset.name }, crash.textContent);
  return crash;
}

function makeRole() {
  const crash = element("button"), pause = element("button");
  const role = element("span", "pair", crash, pause);
  crash.type = pause.type = "button";
  crash.onclick = () => order("crash", { role: role.dataset.name }, crash.textContent);
  pause.onclick = () => order("pause", { role: role.dataset.name, paused: role.dataset.paused === "false" },
    pause.textContent);
  return role;
}

function upTo(perSecond) {
  return perSecond === 0 ? "none" : `up to ${text(perSecond)}/s`;
}

function says(slider, value) {
  put(slider.nextElementSibling, value);
  slider.setAttribute("aria-valuetext", value);
}

async function order(name, body, what) {
  try {
    const response = await fetch("/dashboard/controls/" + name, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    put($("answer"), response.ok ? `Done: ${what}.` : (await response.json()).error);
  } catch (e) {
    put($("answer"), "The server did not answer.");
  }
}

// Sends one order when the slider has come to rest, not one for each step.
function listen(slider, value, give) {
  const label = slider.labels[0].textContent;
  let resting;
  slider.oninput = () => { moving.add(slider); says(slider, value()); };
  // Comes before a change. One that was put back to where it stood does not change.
  slider.onpointerup = () => moving.delete(slider);
  slider.onchange = () => {
    moving.add(slider);
    clearTimeout(resting);
    const mine = resting = setTimeout(async () => {
      await give(`${label}, ${value()}`);
      // A snapshot that was made before the order may still be on its way.
      setTimeout(() => { if (mine === resting) moving.delete(slider); }, SNAPSHOT_MILLIS);
    }, REST_MILLIS);
  };
}

$("which").onchange = () => showControls(last);
for (const button of document.querySelectorAll("[data-order]")) {
  button.onclick = () => order(button.dataset.order, JSON.parse(button.dataset.body), button.textContent);
}
for (const slider of points) {
  listen(slider, () => slider.value + " %",
    what => order("failures", { [slider.dataset.point]: slider.value / 100 }, what));
}
listen(pace, () => upTo(PACES[pace.value]),
  what => order("pace", { per_second: PACES[pace.value] }, what));
