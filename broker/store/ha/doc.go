// Package ha decides whether a put has to wait for slaves. A master without slaves, the only role so far, never does.
package ha
