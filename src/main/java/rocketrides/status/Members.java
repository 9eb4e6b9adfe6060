package rocketrides.status;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rocketrides.runtime.Events;

/**
 * The processes and the owners of the roles, in one snapshot.
 *
 * @param members by ID; a dead process is listed for some minutes
 * @param roles by name
 */
public record Members(List<Member> members, List<Role> roles) {
    private static final String READ = """
            SELECT role, CASE WHEN partition = 0 AND count(*) OVER (PARTITION BY role) = 1 THEN role ELSE role || '/' || partition END AS part,
                   CASE WHEN until > now() THEN owner END AS owner, NULL AS id, 0::bigint AS millis FROM assignments
            UNION ALL
            SELECT role, NULL, NULL, id, (extract(epoch FROM now() - seen_at) * 1000)::bigint FROM members
             ORDER BY role, owner, id""";

    /** How long a lease lasts without a beat of its owner. After that, another process takes over. */
    public static final Duration LEASE = Duration.ofSeconds(3);

    /** A process. {@code seen}: the age of its last beat. {@code roles}: those it takes part in. */
    public record Member(String id, Duration seen, List<String> roles) {
        public boolean alive() {
            return seen.compareTo(LEASE) < 0;
        }

        /** The same process, which also takes part in the roles of {@code other}. */
        private Member with(Member other) {
            return new Member(
                    id,
                    seen.compareTo(other.seen) < 0 ? seen : other.seen,
                    Stream.concat(roles.stream(), other.roles.stream()).sorted().toList());
        }
    }

    /**
     * {@code name}: with the partition if there are several, for example {@code consumer0/3}. {@code owner}: the ID of
     * a member; null if the role has no owner. {@code members}: how many live members take part in it.
     */
    public record Role(String name, String owner, long members) {}

    /** Fails if Postgres fails. */
    public static Future<Members> read(SqlClient client) {
        return client.query(READ).execute().map(rows -> {
            var owners = new TreeMap<String, String>();
            var members = new TreeMap<String, Member>();
            for (var row : rows) {
                var id = row.getString("id");
                if (id == null) {
                    owners.put(row.getString("part"), row.getString("owner"));
                } else {
                    var seen = Duration.ofMillis(Math.max(0, row.getLong("millis")));
                    members.merge(id, new Member(id, seen, List.of(row.getString("role"))), Member::with);
                }
            }
            var roles = new ArrayList<Role>();
            owners.forEach((name, owner) -> roles.add(new Role(
                    name,
                    owner,
                    members.values().stream()
                            .filter(member -> member.alive() && member.roles().contains(Events.roleOf(name)))
                            .count())));
            return new Members(List.copyOf(members.values()), roles);
        });
    }

    /** The role, or its parts if there are several partitions. */
    private Stream<Role> parts(String role) {
        return roles.stream().filter(part -> Events.roleOf(part.name()).equals(role));
    }

    /**
     * The owners of all partitions of the role, one after the other; null without an owner, or if there is no such
     * role.
     */
    public String owner(String role) {
        var owners =
                parts(role).map(Role::owner).filter(Objects::nonNull).distinct().collect(Collectors.joining(", "));
        return owners.isEmpty() ? null : owners;
    }

    /** The role itself if no process owns a part of it; otherwise its parts that no process owns. */
    public List<String> unowned(String role) {
        return owner(role) == null
                ? List.of(role)
                : parts(role)
                        .filter(part -> part.owner() == null)
                        .map(Role::name)
                        .toList();
    }

    /** The owner of the role's work on one partition; null without an owner. */
    String owner(String role, int partition) {
        return parts(role)
                .filter(part -> part.name().equals(role + "/" + partition)
                        || partition == 0 && part.name().equals(role))
                .map(Role::owner)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The roles that a member owns. */
    public List<String> owned(Member member) {
        return roles.stream()
                .filter(role -> member.id().equals(role.owner()))
                .map(Role::name)
                .toList();
    }

    public JsonObject toJson() {
        var processes = new JsonArray();
        members.forEach(member -> processes.add(new JsonObject()
                .put("id", member.id())
                .put("seen_millis_ago", member.seen().toMillis())
                .put("alive", member.alive())
                .put("roles", new JsonArray(member.roles()))
                .put("owns", new JsonArray(owned(member)))));
        var assigned = new JsonArray();
        roles.forEach(role -> assigned.add(new JsonObject()
                .put("role", role.name())
                .put("owner", role.owner())
                .put("members", role.members())));
        return new JsonObject().put("members", processes).put("roles", assigned);
    }
}
