/**
 * The log protocol. Every record gets a dense <em>offset</em> 1, 2, 3, … that is fixed and durable before the record is
 * published. Postgres holds the truth; Redis is a fast copy that may forget anything at any time.
 *
 * <pre>
 *  writer ──stage──▶ its tables + staged_log_records                      Postgres
 *                       │ seal: batch → one segment, offsets fixed
 *                       ▼
 *                 log_segments ◀──────── read (gap, idle check) ───────┐
 *                       │ publish: one XADD a record                   │
 *                       ▼                                              │
 *                 Redis stream ──XREAD──▶ consumer ──save──▶ checkpoint + its state, together
 *                       │
 *                       └ mark: log_cursor past the segment
 * </pre>
 *
 * <ol>
 *   <li><b>Stage</b>: a change and its staged records, in one transaction. It commits or it never happened.
 *   <li><b>Seal</b>: one statement deletes a batch of staged records in the order of ids, advances
 *       {@code log_head.next_offset}, and inserts the batch as one segment with a random tag. Whoever finds the head row
 *       locked leaves at once, so one seal at a time.
 *   <li><b>Publish</b>: segments past {@code log_cursor}, in order. Every single reply is checked.
 *       Data larger than 4 KiB is left out: a consumer reads such a record from the segments.
 *   <li><b>Mark</b>: the cursor moves from right before the segment to its end, if the segment with this tag still exists.
 *       Whoever dies between 3 and 4 leaves a <em>double send</em>, with the same offsets.
 *   <li><b>Consume</b>: with the checkpoint at <i>c</i>, an entry at or below <i>c</i> is a duplicate, <i>c</i> + 1 is
 *       applied, anything above is a gap that is read from the segments first.
 *   <li><b>Save</b>: one statement, or one transaction, moves the checkpoint from exactly <i>c</i> and changes the
 *       consumer's state, provided that every segment that was applied still exists with the tag that was seen.
 * </ol>
 *
 * <h2>Failure handling</h2>
 *
 * <ul>
 *   <li>A statement or command whose reply is lost may or may not have happened. Nobody assumes: the streamer scans
 *       again, the consumer loads its checkpoint again.
 *   <li>Redis flushed, trimmed, restarted empty, evicted, rolled back: the next entry shows a gap, and if none comes, the
 *       idle check compares the checkpoint with the head.
 *   <li>Any number of streamers, also ones that were paused for an hour: offsets are fixed by sealing, so they can only
 *       send again what was sent. Two consumers of one name: the checkpoint moves from exactly <i>c</i> for one of them.
 *   <li>Postgres restored from a backup, or failed over with loss: offsets are given a second time, but tags are not; what
 *       is still in Redis of the abandoned history is refused when it is saved or marked.
 * </ul>
 *
 * <p>Nothing here depends on clocks, on a leader, or on what happens in Redis.
 */
package rocketrides.log;
