/** Health and metrics, for operators. Monitors the roles only through their events. */
package rocketrides.operations;
