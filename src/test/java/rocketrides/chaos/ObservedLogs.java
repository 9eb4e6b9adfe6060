package rocketrides.chaos;

import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import rocketrides.chaos.ObservedLog.Remembered;

/** The log of each partition as the harness has seen it. */
final class ObservedLogs {
    private final Findings findings;
    private final NavigableMap<Integer, ObservedLog> logs = new ConcurrentSkipListMap<>();

    ObservedLogs(Findings findings) {
        this.findings = findings;
    }

    ObservedLog of(int partition) {
        return logs.computeIfAbsent(partition, first -> new ObservedLog(findings));
    }

    /** The number of records of all partitions. */
    long size() {
        return logs.values().stream().mapToLong(ObservedLog::head).sum();
    }

    /** By partition and offset. A later generation has higher partitions. */
    List<Remembered> all() {
        return logs.values().stream().flatMap(log -> log.all().stream()).toList();
    }
}
