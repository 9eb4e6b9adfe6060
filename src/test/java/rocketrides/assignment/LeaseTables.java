package rocketrides.assignment;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the statements of {@link PostgresLeases} do, one after the other, by a clock that stands still meanwhile. */
final class LeaseTables {
    private static final long LEASE = Membership.LEASE.toMillis();
    private static final long FORGET = 600_000;

    private record Row(String owner, long until) {
        static final Row FREE = new Row(null, 0);
    }

    private record Member(String id, String role) {}

    private final LeaseMutant mutant;
    private final Map<Member, Long> members = new HashMap<>();
    private final Map<Lease, Row> assignments =
            new TreeMap<>(Comparator.comparing(Lease::role).thenComparing(Lease::partition));
    private final Map<String, Set<Lease>> lastAnswers = new HashMap<>();
    private final Map<Member, Set<String>> firstSeen = new HashMap<>();

    LeaseTables(LeaseMutant mutant) {
        this.mutant = mutant;
    }

    Set<Lease> beat(String me, Collection<Lease> asked, long now) {
        members.values().removeIf(seen -> seen < now - FORGET);
        var roles = asked.stream().map(Lease::role).collect(Collectors.toSet());
        roles.forEach(role -> members.put(new Member(me, role), now));
        var mine = new HashSet<Lease>();
        for (var role : roles) {
            var partitions =
                    asked.stream().filter(lease -> lease.role().equals(role)).toList();
            mine.addAll(kept(me, partitions, share(role, live(me, role, now), me, partitions.size()), now));
            mine.addAll(founded(me, partitions, share(role, live(me, role, now), me, partitions.size())));
        }
        assignments.replaceAll((lease, row) ->
                mine.contains(lease) ? new Row(me, now + LEASE) : me.equals(row.owner()) ? Row.FREE : row);
        assignments
                .entrySet()
                .removeIf(row -> roles.contains(row.getKey().role())
                        && !asked.contains(row.getKey())
                        && !mine.contains(row.getKey())
                        && isFree(row.getValue(), now));
        lastAnswers.put(me, mine);
        return mine;
    }

    void release(String me) {
        if (mutant == LeaseMutant.RELEASE_FORGOTTEN) {
            return;
        }
        members.keySet().removeIf(member -> member.id().equals(me));
        assignments.replaceAll((lease, row) -> me.equals(row.owner()) ? Row.FREE : row);
    }

    private Set<String> live(String me, String role, long now) {
        var live = members.entrySet().stream()
                .filter(member -> member.getKey().role().equals(role))
                .filter(member -> mutant == LeaseMutant.DEAD_MEMBERS_COUNT || member.getValue() > now - LEASE)
                .map(member -> member.getKey().id())
                .collect(Collectors.toSet());
        return mutant == LeaseMutant.STALE_MEMBERS
                ? firstSeen.computeIfAbsent(new Member(me, role), first -> live)
                : live;
    }

    /** How many of a role's partitions a member is to have. */
    static int share(String role, Set<String> live, String member, int partitions) {
        var place = live.stream()
                        .sorted(Comparator.comparing((String id) -> md5(role + " " + id))
                                .thenComparing(id -> id))
                        .toList()
                        .indexOf(member)
                + 1;
        return (partitions + live.size() - place) / live.size();
    }

    private List<Lease> kept(String me, List<Lease> asked, int share, long now) {
        var taken = new ArrayList<Lease>();
        Stream.of(true, false)
                .flatMap(own -> assignments.entrySet().stream()
                        .filter(row -> mutant == LeaseMutant.GONE_PARTITIONS_COUNT
                                ? asked.stream().anyMatch(lease -> lease.role()
                                        .equals(row.getKey().role()))
                                : asked.contains(row.getKey()))
                        .filter(row -> owns(me, row.getKey(), row.getValue()) == own)
                        .filter(row -> own || isFree(row.getValue(), now))
                        .map(Map.Entry::getKey))
                .limit(share)
                .forEach(taken::add);
        return taken;
    }

    private boolean owns(String me, Lease lease, Row row) {
        return mutant == LeaseMutant.RENEWAL_WITHOUT_OWNER
                ? lastAnswers.getOrDefault(me, Set.of()).contains(lease)
                : me.equals(row.owner());
    }

    private static boolean isFree(Row row, long now) {
        return row.owner() == null || row.until() <= now;
    }

    private List<Lease> founded(String me, List<Lease> partitions, int share) {
        var missing = partitions.stream()
                .filter(lease -> !assignments.containsKey(lease))
                .sorted(Comparator.comparing(Lease::partition))
                .toList();
        missing.forEach(lease -> assignments.put(lease, Row.FREE));
        return missing.subList(0, Math.min(share, missing.size()));
    }

    /** Each row as {@code role/partition=owner}, in order. */
    String owners() {
        return assignments.entrySet().stream()
                .map(row -> row.getKey().role() + "/" + row.getKey().partition() + "="
                        + row.getValue().owner())
                .collect(Collectors.joining(" "));
    }

    /** Each row as {@code id@role}, in order. */
    String members() {
        return members.keySet().stream()
                .map(member -> member.id() + "@" + member.role())
                .sorted()
                .collect(Collectors.joining(" "));
    }

    private static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
