// Package chaos breaks a running cluster on purpose, one fault after the other, with nothing but RocketMQ's own administration: it takes
// from a broker the permission to be written to or read from, and gives it back. Producers then go to another broker, consumers fall
// behind and catch up. It needs no access to machines or containers, and works on Apache's brokers, too.
package chaos
