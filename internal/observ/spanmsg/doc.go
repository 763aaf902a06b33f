// Package spanmsg writes spans as the bytes that OTLP sends, with nothing in between: piece by piece ([Wire]), or as a span happens
// ([Message]). It knows nothing of steps, nor of how messages are sent.
package spanmsg
