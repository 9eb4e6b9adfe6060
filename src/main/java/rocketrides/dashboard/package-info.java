/**
 * The live page at {@code /}. While a browser watches, one snapshot of the state is read several times a second and
 * sent to all browsers. If the API listens on loopback, the page has controls that inject failures. Nothing here is
 * stored.
 */
package rocketrides.dashboard;
