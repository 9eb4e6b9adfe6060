/** For whoever runs this: health, metrics, and how the log is written. Watches the roles by their events only. */
package rocketrides.operations;
