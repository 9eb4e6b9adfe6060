/**
 * A client for demonstrations and load: books random rides over HTTP, each exactly once, at a rate that can be changed.
 */
package rocketrides.simulator;
