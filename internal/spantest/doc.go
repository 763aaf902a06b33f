// Package spantest records the spans of a test and draws them as trees that can be compared with a file.
//
//	rec := spantest.NewRecorder()
//	... give rec.Provider("broker-a") to a broker, rec.Provider("producer") to a producer, send ...
//	trace := rec.WaitTrace(t, id, "process TopicTest")
//	spantest.Golden(t, "sync_send", spantest.RenderTree(trace))
//
// Each service has a TracerProvider of its own, and so its own service.name, as separate processes would.
package spantest
