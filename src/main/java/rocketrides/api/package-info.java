/**
 * The HTTP server of a process: its limits for connections and requests, its address, and the pages of the API's
 * documentation. The routes come from the application, from {@code dashboard} and from {@code operations}.
 */
package rocketrides.api;
