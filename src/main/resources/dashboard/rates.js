// Rates of the counts over the last seconds; null until there is enough data.
const SPAN = 2500;
let snapshots = [];

// Every committed record is sealed or staged.
export const written = now => now.log.head_offset + now.staged.count;

export function ratesWith(now) {
  // Starts anew if the clock was set back, or if the database is another one.
  if (snapshots.length && !follows(snapshots[snapshots.length - 1], now)) snapshots = [];
  snapshots.push(now);
  while (snapshots.length > 2 && snapshots[1].at <= now.at - SPAN) snapshots.shift();
  const before = snapshots[0];
  const span = now.at - before.at;
  const rate = of => span < SPAN ? null : Math.max(0, (of(now) - of(before)) * 1000 / span);
  const offset = (snapshot, name) => snapshot.consumers.find(c => c.name === name)?.offset;
  const consumers = Object.fromEntries(now.consumers.map(
    ({ name }) => [name, rate(snapshot => offset(snapshot, name) ?? offset(now, name))]));
  return {
    written: rate(written),
    sealed: rate(s => s.log.head_offset),
    published: rate(s => s.log.published_offset),
    consumers,
    slowest: span < SPAN || now.consumers.length === 0 ? null : Math.min(...Object.values(consumers)),
  };
}

function follows(before, now) {
  return now.at >= before.at && now.log.head_offset >= before.log.head_offset;
}
