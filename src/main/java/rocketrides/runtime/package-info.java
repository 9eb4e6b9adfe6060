/**
 * What all roles share: the loop ({@link rocketrides.runtime.Poller}), the events by which roles communicate
 * ({@link rocketrides.runtime.Events}), and the injected failures ({@link rocketrides.runtime.Faults}). Depends on no
 * other package of the program.
 */
package rocketrides.runtime;
