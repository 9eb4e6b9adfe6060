/** Health, metrics and logging, for operators. Monitors the roles only through their events. */
package rocketrides.operations;
