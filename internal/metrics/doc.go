// Package metrics is the catalogue of every metric that Plume exposes, and the small API by which the other packages record
// them.
//
// A [Family] is defined once, in apache.go, opentelemetry.go or plume.go, with its name, labels and buckets. A role (a broker, a
// producer) makes a [Registry] over the client_golang registerer that its user gave it, and asks it for the families that it
// records:
//
//	m.in = r.Counter(metrics.MessagesIn)          // once, when the role is made
//	h := m.in.With(topic, "normal", "false")      // once per set of label values; keep it in a [Cache]
//	h.Add(1)                                      // on the hot path: no look-up, no allocation
//
// Without a registerer the Registry is nil, what it hands out is zero, and a zero counter or histogram records nothing: whoever
// records needs no condition. Where a measurement costs something itself (reading the clock), ask first whether the metrics are
// there.
//
// A histogram's observation takes the span that it belongs to; a sampled one becomes the exemplar of its bucket, unless there was one
// of its magnitude within a tenth of a second. A family keeps at most as many series as its registry allows; whatever comes after
// goes to one more, whose labels all say [Overflow].
//
// Apache's names, labels, buckets and even help texts are those that a 5.5.0 broker exposes, so that its users' dashboards keep
// working; testdata holds what was captured from one.
package metrics
