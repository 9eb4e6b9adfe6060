// What all parts of the page need to put something on it.
export const $ = id => document.getElementById(id);

// Of a quantity of the books: what it is called, and an amount of it.
export const label = ({ name, unit }) => name.replaceAll("_", " ") + (unit ? ", " + unit : "");

export function amount(value, { decimals }) {
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function text(value) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
}

export function count(number, what) {
  return `${text(number)} ${what}${number === 1 ? "" : "s"}`;
}

// Only a change is worth the work, and worth telling to a screen reader.
export function put(element, content) {
  if (element.textContent !== content) element.textContent = content;
}

export function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

// The list's rows, as many as there are items; those that are there stay, so that a focus in them stays too.
export function rows(list, items, make) {
  while (list.children.length > items.length) list.lastElementChild.remove();
  while (list.children.length < items.length) list.append(make());
  return [...list.children];
}
