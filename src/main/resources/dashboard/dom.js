// Helpers that all parts of the page use to show values.
export const $ = id => document.getElementById(id);

// Name and amount of an audited quantity.
export const label = ({ name, unit }) => name.replaceAll("_", " ") + (unit ? ", " + unit : "");

export function amount(value, { decimals }) {
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function text(value) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
}

export function span(millis) {
  const seconds = Math.floor(millis / 1000);
  return seconds < 120 ? seconds + " s" : seconds < 7200 ? Math.floor(seconds / 60) + " min" : Math.floor(seconds / 3600) + " h";
}

export function count(number, what) {
  return `${text(number)} ${what}${number === 1 ? "" : "s"}`;
}

// What is wrong with a consumer, in all partitions or in some: "paused", "paused in partition 3"; otherwise null.
export function fault({ standing }, name) {
  const whole = standing.parts.find(part => part.who === name)?.fault;
  if (whole) return whole;
  const kinds = new Map();
  for (const { who, fault } of standing.parts) {
    if (fault && who.startsWith(name + "/")) kinds.set(fault, [...(kinds.get(fault) ?? []), who.slice(name.length + 1)]);
  }
  return [...kinds].map(([kind, parts]) => `${kind} in partition${parts.length === 1 ? "" : "s"} ${parts.join(", ")}`)
    .join("; ") || null;
}

// Changes the text only if it differs: otherwise screen readers would read it again.
export function put(element, content) {
  if (element.textContent !== content) element.textContent = content;
}

export function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

// Gives a list as many rows as there are items. Existing rows are kept, so they keep the focus.
export function rows(list, items, make) {
  while (list.children.length > items.length) list.lastElementChild.remove();
  while (list.children.length < items.length) list.append(make());
  return [...list.children];
}
