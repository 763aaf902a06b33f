// Command plume is all of Plume in one program: name server, broker, a producer and a consumer for the command line, a
// benchmark, and the demo. "plume help" lists the commands.
package main
