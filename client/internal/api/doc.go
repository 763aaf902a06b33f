// Package api makes the requests that clients send: one file per request code, each with the request's whole story.
//
// Every method takes the address of the server; its context's deadline is the timeout; requests of the control plane have
// the client's request timeout besides. A response that is not success is a *protocol.ResponseError with the server's address; no response at all is
// an error of package remoting.
//
// Java: client.impl.MQClientAPIImpl (5.5.0).
package api
