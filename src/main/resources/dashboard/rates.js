// How fast the counts grow, over the last seconds.
const SPAN = 2500;
const snapshots = [];

export function ratesWith(now) {
  snapshots.push(now);
  while (snapshots.length > 2 && snapshots[0].at < now.at - SPAN) snapshots.shift();
  const before = snapshots[0];
  const rate = of => now.at > before.at ? Math.max(0, (of(now) - of(before)) * 1000 / (now.at - before.at)) : 0;
  const offset = (snapshot, name) => snapshot.consumers.find(c => c.name === name)?.offset;
  const consumers = Object.fromEntries(now.consumers.map(
    ({ name }) => [name, rate(snapshot => offset(snapshot, name) ?? offset(now, name))]));
  return {
    rides: rate(s => s.rides.count),
    sealed: rate(s => s.log.head_offset),
    published: rate(s => s.log.published_offset),
    consumers,
    slowest: now.consumers.length ? Math.min(...Object.values(consumers)) : 0,
  };
}
