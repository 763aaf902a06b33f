package conventions

import (
	"fmt"
	"slices"
)

// Observed is a span as it was recorded, in plain words, so that this package needs no SDK.
type Observed struct {
	Step       string
	Kind       string // "client", "internal" ...
	Name       string
	Attributes []Value
	Events     []ObservedEvent
}

// ObservedEvent is an event of an observed span.
type ObservedEvent struct {
	Name       string
	Attributes []Value
}

// Value is an attribute's key, its type as Weaver spells it, and the text of its value.
type Value struct{ Key, Type, Text string }

// Lint says what is wrong with a span: one sentence each, none when it conforms.
func (r *Registry) Lint(o *Observed) []string {
	s := r.Span(o.Step, o.Kind)
	if s == nil {
		return []string{fmt.Sprintf("no group of %s covers step %q with kind %s; declare it there", Folder, o.Step, o.Kind)}
	}
	var wrong []string
	if !s.Name.MatchString(o.Name) {
		wrong = append(wrong, fmt.Sprintf("its name does not match %s", s.Name))
	}
	wrong = append(wrong, r.lintAttributes(s.Refs, o.Attributes)...)
	for _, e := range o.Events {
		i := slices.IndexFunc(s.Events, func(known *Event) bool { return known.Name == e.Name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("event %s is not among the events of group %s", e.Name, s.ID))
			continue
		}
		for _, w := range r.lintAttributes(s.Events[i].Refs, e.Attributes) {
			wrong = append(wrong, fmt.Sprintf("event %s: %s", e.Name, w))
		}
	}
	return wrong
}

func (r *Registry) lintAttributes(refs []Ref, values []Value) []string {
	var wrong []string
	for _, ref := range refs {
		if ref.Level == Required && !slices.ContainsFunc(values, func(v Value) bool { return v.Key == ref.Key }) {
			wrong = append(wrong, fmt.Sprintf("%s is required and missing", ref.Key))
		}
	}
	for _, v := range values {
		if !slices.ContainsFunc(refs, func(ref Ref) bool { return ref.Key == v.Key }) {
			wrong = append(wrong, fmt.Sprintf("%s is not declared for it", v.Key))
			continue
		}
		if w := r.lintValue(v); w != "" {
			wrong = append(wrong, w)
		}
	}
	return wrong
}

// lintValue knows only attributes of our own, and of OpenTelemetry's those whose type is easily got wrong.
func (r *Registry) lintValue(v Value) string {
	want := upstream[v.Key]
	if a := r.attributes[v.Key]; a != nil {
		want = a.Type
		if a.Type == "enum" {
			if !slices.ContainsFunc(a.Values, func(m Member) bool { return m.Value == v.Text }) {
				return fmt.Sprintf("%s is %q, which is none of its values", v.Key, v.Text)
			}
			want = "string"
		}
	}
	if want != "" && want != v.Type {
		return fmt.Sprintf("%s is of type %s instead of %s", v.Key, v.Type, want)
	}
	return ""
}

// upstream are the types of the attributes that OpenTelemetry declares.
var upstream = map[string]string{
	"messaging.system": "string", "messaging.operation.name": "string", "messaging.operation.type": "string",
	"messaging.destination.name": "string", "messaging.destination.partition.id": "string", "messaging.client.id": "string",
	"messaging.consumer.group.name": "string", "messaging.message.id": "string", "messaging.message.body.size": "int",
	"messaging.batch.message_count": "int", "messaging.rocketmq.namespace": "string", "messaging.rocketmq.consumption_model": "string",
	"messaging.rocketmq.message.type": "string", "messaging.rocketmq.message.tag": "string", "messaging.rocketmq.message.keys": "string[]",
	"messaging.rocketmq.message.group": "string", "messaging.rocketmq.message.delay_time_level": "int",
	"messaging.rocketmq.message.delivery_timestamp": "int", "rpc.system.name": "string", "rpc.method": "string",
	"rpc.method_original": "string", "rpc.response.status_code": "string", "server.address": "string", "server.port": "int",
	"client.address": "string", "client.port": "int", "network.peer.address": "string", "network.peer.port": "int", "error.type": "string",
	"code.function.name": "string", "code.file.path": "string", "code.line.number": "int",
}

// Upstream says whether OpenTelemetry declares an attribute that this registry refers to.
func Upstream(key string) bool { return upstream[key] != "" }
