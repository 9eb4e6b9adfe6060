// The table of consumers and, if there are several partitions, a folded table of partitions.
import { $, amount, count, element, fault, label, put, rows, text } from "./dom.js";

const CONSUMER = ["name", "offset", "lag", "p50, ms", "p99, ms", "duplicates skipped", "gaps healed", "crashes"];
const PARTITION = ["partition", "sealed", "published"];

// The process (if there are several) and the audited quantities follow the fixed columns.
export function showConsumers(now) {
  const quantities = now.quantities ?? [];
  const where = now.processes > 1 ? ["process"] : [];
  const columns = [...CONSUMER, ...where, ...quantities.map(label), ...(now.audit ? ["books"] : [])];
  heads($("columns"), columns, CONSUMER.length);
  fill($("consumers"), columns, now.consumers.map(c => {
    const wrong = fault(now, c.name);
    return [[c.name + (wrong ? ` (${wrong})` : ""), wrong ? "fault" : ""],
      text(c.offset), text(c.lag), text(c.latency?.p50), text(c.latency?.p99),
      text(c.duplicates_skipped), text(c.gaps_healed), text(c.simulated_crashes),
      ...where.map(() => c.owner ?? "none"),
      ...quantities.map(quantity => c.total ? amount(c.total[quantity.name], quantity) : "–"),
      !c.total ? "not audited" : c.balanced ? ["✓ balance", "good"] : ["✗ differ", "bad"]];
  }));
}

export function showPartitions({ partitions: all = [], processes }) {
  const partitions = all.filter(unfinished);
  $("partitions").hidden = partitions.length === 0;
  if (partitions.length === 0) return;
  const several = processes > 1;
  const names = [...new Set(partitions.flatMap(partition => partition.consumers.map(consumer => consumer.name)))];
  const columns = [...PARTITION, ...(several ? ["streamer"] : []),
    ...names.flatMap(name => several ? [name, "process"] : [name])];
  heads($("partition-columns"), columns, 0);
  fill($("partition-rows"), columns, partitions.map(partition => [
    partition.partition + (partition.open ? "" : " (closed)"), text(partition.head_offset), text(partition.published_offset),
    ...(several ? [owner(partition)] : []),
    ...names.flatMap(name => {
      const consumer = partition.consumers.find(each => each.name === name);
      const place = !consumer ? "–" : text(consumer.offset) + (consumer.lag ? `, ${text(consumer.lag)} behind` : "");
      return several ? [place, consumer ? owner(consumer) : "–"] : [place];
    })]));
  put($("partitions-summary"), summary(partitions));
}

// A closed partition is of interest until everything in it is published and applied.
function unfinished({ open, head_offset: head, published_offset: published, consumers }) {
  return open || published < head || consumers.some(consumer => consumer.lag > 0);
}

function owner({ owner }) {
  return owner ?? ["none", "fault"];
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

// Shows a row for each list of cells. A cell is a text, or a text and its class.
function fill(body, columns, contents) {
  rows(body, contents, () => element("tr")).forEach((row, i) =>
    rows(row, columns, () => makeCell(row)).forEach((cell, j) => {
      const [value, kind] = [contents[i][j]].flat();
      cell.dataset.label = columns[j]; // the label that CSS shows beside the value on narrow screens
      put(cell.firstChild, value);
      cell.firstChild.className = kind ?? "";
    }));
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
