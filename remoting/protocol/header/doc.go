// Package header holds the typed headers of requests and responses: one file for each request code, which opens with the
// code's contract. Types are named as Apache's, and so are their fields on the wire.
//
// A header whose fields are all optional in Apache is written as Apache's own clients and servers of 5.5.0 do; readers accept
// what 4.9.7 leaves out.
package header
