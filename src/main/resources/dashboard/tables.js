// The table of consumers.
import { $, amount, element, label, put, rows, text } from "./dom.js";

const COLUMNS = ["name", "offset", "lag", "p50, ms", "p99, ms", "duplicates skipped", "gaps healed", "crashes"];

// The process (if there are several) and the audited quantities follow the fixed columns.
export function showConsumers(now) {
  const quantities = now.quantities ?? [];
  const where = now.processes > 1 ? ["process"] : [];
  const columns = [...COLUMNS, ...where, ...quantities.map(label), ...(now.audit ? ["books"] : [])];
  rows($("columns"), columns, makeHead).slice(COLUMNS.length)
    .forEach((head, i) => put(head, columns[COLUMNS.length + i]));
  rows($("consumers"), now.consumers, () => element("tr")).forEach((row, i) => {
    const c = now.consumers[i];
    const { fault } = now.standing.parts.find(part => part.who === c.name);
    const contents = [c.name + (fault ? ` (${fault})` : ""), text(c.offset), text(c.lag), text(c.latency?.p50),
      text(c.latency?.p99), text(c.duplicates_skipped), text(c.gaps_healed), text(c.simulated_crashes),
      ...where.map(() => c.owner ?? "none"),
      ...quantities.map(quantity => c.total ? amount(c.total[quantity.name], quantity) : "–"),
      !c.total ? "not audited" : c.balanced ? "✓ balance" : "✗ differ"];
    rows(row, columns, () => makeCell(row)).forEach((cell, j) => {
      cell.dataset.label = columns[j]; // the label that CSS shows beside the value on narrow screens
      put(cell.firstChild, contents[j]);
    });
    row.firstChild.firstChild.className = fault ? "fault" : "";
    if (now.audit) row.lastChild.firstChild.className = !c.total ? "" : c.balanced ? "good" : "bad";
  });
}

function makeHead() {
  const head = element("th");
  head.scope = "col";
  return head;
}

function makeCell(row) {
  const cell = element(row.firstChild ? "td" : "th", "", element("span"));
  if (!row.firstChild) cell.scope = "row";
  return cell;
}
