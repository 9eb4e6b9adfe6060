package rocketrides.log;

/** IDs of Redis stream entries: {@code <milliseconds>-<sequence>}, both unsigned 64-bit numbers. */
public final class StreamId {
    /** Before every entry. */
    public static final String BEGINNING = "0-0";

    private StreamId() {}

    /** Compares two IDs as Redis does. */
    public static int compare(String a, String b) {
        int order = Long.compareUnsigned(part(a, 0), part(b, 0));
        return order != 0 ? order : Long.compareUnsigned(part(a, 1), part(b, 1));
    }

    private static long part(String id, int index) {
        int dash = id.indexOf('-');
        return Long.parseUnsignedLong(index == 0 ? id.substring(0, dash) : id.substring(dash + 1));
    }
}
