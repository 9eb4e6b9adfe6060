// The table of consumers; the processes, if there are several; a folded table of partitions, if there are several.
import { $, amount, count, element, fault, label, put, rows, span, text } from "./dom.js";

const CONSUMER = ["name", "offset", "lag", "p50, ms", "p99, ms", "duplicates skipped", "gaps healed", "crashes"];
const PARTITION = ["partition", "sealed", "published"];

// The audited quantities follow the fixed columns.
export function showConsumers(now) {
  const quantities = now.quantities ?? [];
  const columns = [...CONSUMER, ...quantities.map(label), ...(now.audit ? ["books"] : [])];
  heads($("columns"), columns, CONSUMER.length);
  fill($("consumers"), columns, now.consumers.map(c => {
    const wrong = fault(now, c.name);
    return [[c.name + (wrong ? ` (${wrong})` : ""), wrong ? "fault" : ""],
      text(c.offset), text(c.lag), text(c.latency?.p50), text(c.latency?.p99),
      text(c.duplicates_skipped), text(c.gaps_healed), text(c.simulated_crashes),
      ...quantities.map(quantity => c.total ? amount(c.total[quantity.name], quantity) : "–"),
      !c.total ? "not audited" : c.balanced ? ["✓ balance", "good"] : ["✗ differ", "bad"]];
  }));
}

// Who is where: what each process owns, and what it would take over.
export function showProcesses({ members }) {
  const several = members.length > 1;
  $("processes").hidden = !several;
  if (!several) return;
  const roles = [...new Set(members.flatMap(member => member.roles))].sort();
  const columns = ["process", "seen", ...roles];
  heads($("process-columns"), columns, 0);
  fill($("process-rows"), columns, members.map(member => [
    member.id, member.alive ? "now" : [`${span(member.seen_millis_ago)} ago`, "fault"],
    ...roles.map(role => owned(member, role) || (member.alive && member.roles.includes(role) ? ["stands by", "quiet"] : "–"))]));
}

// Of the role: "partitions 0, 3"; "owns it" if the role has no partitions; nothing if the member owns none.
function owned({ owns }, role) {
  const parts = owns.filter(part => part.startsWith(role + "/")).map(part => part.slice(role.length + 1));
  return owns.includes(role) ? "owns it"
    : parts.length ? `partition${parts.length === 1 ? "" : "s"} ${parts.join(", ")}` : "";
}

export function showPartitions({ partitions: all = [], members }) {
  const partitions = all.filter(unfinished);
  $("partitions").hidden = partitions.length === 0;
  if (partitions.length === 0) return;
  const where = part => members.length > 1 ? owner(part) : "";
  const names = [...new Set(partitions.flatMap(partition => partition.consumers.map(consumer => consumer.name)))];
  const columns = [...PARTITION, ...names];
  heads($("partition-columns"), columns, 0);
  fill($("partition-rows"), columns, partitions.map(partition => [
    partition.partition + (partition.open ? "" : " (closed)"), text(partition.head_offset), [text(partition.published_offset), "", where(partition)],
    ...names.map(name => {
      const consumer = partition.consumers.find(each => each.name === name);
      return !consumer ? "–"
        : [text(consumer.offset) + (consumer.lag ? `, ${text(consumer.lag)} behind` : ""), "", where(consumer)];
    })]));
  put($("partitions-summary"), summary(partitions));
}

// A closed partition is of interest until everything in it is published and applied.
function unfinished({ open, head_offset: head, published_offset: published, consumers }) {
  return open || published < head || consumers.some(consumer => consumer.lag > 0);
}

function owner({ owner }) {
  return owner ?? "without an owner";
}

function summary(partitions) {
  const last = partitions.flatMap(({ partition, consumers }) => consumers.map(consumer => ({ partition, ...consumer })))
    .reduce((most, each) => each.lag > most.lag ? each : most, { lag: 0 });
  return `${partitions.length}, ` + (last.lag === 0 ? "all level"
    : `${last.name} is ${count(last.lag, "record")} behind in partition ${last.partition}`);
}

// The first of the columns have their heads in the HTML.
function heads(list, columns, fixed) {
  rows(list, columns, makeHead).slice(fixed).forEach((head, i) => put(head, columns[fixed + i]));
}

// Shows a row for each list of cells. A cell is a text, or a text, its class and a note below it.
function fill(body, columns, contents) {
  rows(body, contents, () => element("tr")).forEach((row, i) =>
    rows(row, columns, () => makeCell(row)).forEach((cell, j) => {
      const [value, kind = "", note = ""] = [contents[i][j]].flat();
      cell.dataset.label = columns[j]; // the label that CSS shows beside the value on narrow screens
      const [main, below] = cell.firstChild.children;
      put(main, value);
      main.className = kind;
      put(below, note);
    }));
}

function makeHead() {
  const head = element("th");
  head.scope = "col";
  return head;
}

function makeCell(row) {
  const cell = element(row.firstChild ? "td" : "th", "", element("span", "", element("span"), element("small")));
  if (!row.firstChild) cell.scope = "row";
  return cell;
}
