/**
 * The log protocol. A log has one or more partitions. Each has a head, a cursor, segments, a stream in Redis, and a
 * checkpoint of each consumer. A record gets a dense <em>offset</em> 1, 2, 3, … in its partition, which is final and
 * durable before the record is published. Postgres has the authoritative data; Redis is a fast copy that may lose
 * anything at any time. If the number of partitions changes, the old ones are closed, and each consumer finishes them
 * before it begins with the new ones.
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
 *   <li><b>Stage</b>: one transaction changes the application's rows and stages the records. It commits or it never
 *       happened.
 *   <li><b>Seal</b>: one statement deletes a batch of staged records of each partition in the order of their ids,
 *       advances {@code log_head.next_offset}, and inserts the batch as one segment with a random tag. It locks the
 *       head rows and skips those that are locked, so each partition has one seal at a time.
 *   <li><b>Publish</b>: the segments after {@code log_cursor} are sent in order. Every single reply is checked. Data
 *       larger than 4 KiB is left out: consumers read such a record from the segments.
 *   <li><b>Mark</b>: the cursor moves from directly before the segment to its end, if the segment with this tag still
 *       exists. If the process dies between publish and mark, the segment is sent again with the same offsets: a
 *       <em>double send</em>.
 *   <li><b>Consume</b>: with the checkpoint at <i>c</i>, an entry at or below <i>c</i> is a duplicate, and <i>c</i> +
 *       1 is applied. An entry above that shows a gap, which is read from the segments first.
 *   <li><b>Save</b>: one statement, or one transaction, moves the checkpoint from exactly <i>c</i> and changes the
 *       consumer's state, if every applied segment still exists with the same tag.
 * </ol>
 *
 * <h2>Failures</h2>
 *
 * <ul>
 *   <li>If a reply is lost, the statement or command may or may not have been executed. The streamer then reads the
 *       segments again, and the consumer loads its checkpoint again.
 *   <li>If Redis is flushed, trimmed, restarted empty or rolled back, or evicts the stream, the next entry shows a
 *       gap. If no entry follows, the idle check compares the checkpoint with the head.
 *   <li>Any number of streamers may run, also one that was paused for an hour: offsets are final when a segment is
 *       sealed, so a late streamer can only send the same segments again. If two consumers have the same name, the
 *       checkpoint moves from exactly <i>c</i> for one of them only.
 *   <li>After a restore of Postgres, or a failover with loss, offsets are assigned again, but with other tags. Entries
 *       of the abandoned history in Redis are refused at the save or the mark.
 * </ul>
 *
 * <p>Nothing here depends on clocks, on a leader, or on the state of Redis.
 */
package rocketrides.log;
