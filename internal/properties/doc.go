// Package properties reads and writes Java's .properties text, in which RocketMQ keeps its conf files and in which the
// configuration codes (25, 26, 318, 319) carry theirs.
package properties
