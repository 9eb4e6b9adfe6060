/**
 * Tools for HTTP routes: JSON responses and errors, refusals, request IDs, static files, and a decoder that refuses
 * ambiguous requests. A program's own routes may use them.
 */
package rocketrides.http;
