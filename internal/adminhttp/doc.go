// Package adminhttp is the small HTTP endpoint by which an operator watches and changes a running program:
//
//	GET  /health   200 "ok" when the program does its work, 503 with the reason when not
//	GET  /detail   the level of detail of its spans: off, semconv, steps or deep
//	PUT  /detail   another level, as the body: curl -X PUT -d deep http://127.0.0.1:8077/detail
//	GET  /debug/pprof/  Go's profiles: go tool pprof http://127.0.0.1:8077/debug/pprof/profile
//
// It knows no passwords, so it belongs on loopback. It answers only to the host names that it is told, so that a page which rebinds its
// own name to this machine gets nothing.
package adminhttp
