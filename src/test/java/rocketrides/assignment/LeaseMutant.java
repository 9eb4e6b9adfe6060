package rocketrides.assignment;

/** Known-bad variants of the leases' rules; the simulation has to catch each. */
enum LeaseMutant {
    NONE,
    /** Whoever owned a row at its last beat renews it, whoever owns it now. */
    RENEWAL_WITHOUT_OWNER,
    /** A process believes its last answer for ever. */
    BELIEF_OUTLIVES_ITS_BEAT,
    /** A process goes on with the members that it saw at its first beat. */
    STALE_MEMBERS,
    /** A member that died counts for ever. */
    DEAD_MEMBERS_COUNT,
    /** A process that stops says nothing. */
    RELEASE_FORGOTTEN,
    /** A partition that needs no work any more counts as one of the share. */
    GONE_PARTITIONS_COUNT
}
