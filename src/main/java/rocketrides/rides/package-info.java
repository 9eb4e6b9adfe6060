/**
 * The shipped application: it books rides over HTTP, each with its log record and idempotency key in one statement, and
 * its consumers add up the distances. Its audit compares these totals with the table of rides.
 */
package rocketrides.rides;
