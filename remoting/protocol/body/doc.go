// Package body holds the JSON bodies of requests and responses, and of the files that brokers keep of them, byte for byte as
// Apache RocketMQ 5.5.0 writes them but for the order within maps and sets, which is sorted here.
//
// A nil map or slice is written as an empty one.
package body
