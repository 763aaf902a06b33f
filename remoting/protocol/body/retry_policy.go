package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// The types of a group's retry policy.
//
// Java: remoting.protocol.subscription.GroupRetryPolicyType (5.5.0).
const (
	RetryCustomized  = "CUSTOMIZED"
	RetryExponential = "EXPONENTIAL"
)

// GroupRetryPolicy is after what time a group's messages come again.
//
// Java: remoting.protocol.subscription.GroupRetryPolicy (5.5.0).
type GroupRetryPolicy struct {
	Type        string
	Customized  *CustomizedRetryPolicy  // nil: Apache's default delays
	Exponential *ExponentialRetryPolicy // nil: 5 s, doubled up to 2 h
}

// CustomizedRetryPolicy lists the delays, in milliseconds.
type CustomizedRetryPolicy struct{ Next []int64 }

// ExponentialRetryPolicy begins with a delay and multiplies it up to a limit; both in milliseconds.
type ExponentialRetryPolicy struct{ Initial, Max, Multiplier int64 }

// AppendJSON implements fastjson.Appender.
func (b *GroupRetryPolicy) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	if b.Customized != nil {
		w.Key("customizedRetryPolicy")
		w.BeginObject()
		w.Key("next")
		w.Ints(b.Customized.Next)
		w.EndObject()
	}
	if b.Exponential != nil {
		w.Key("exponentialRetryPolicy")
		w.BeginObject()
		w.IntMember("initial", b.Exponential.Initial)
		w.IntMember("max", b.Exponential.Max)
		w.IntMember("multiplier", b.Exponential.Multiplier)
		w.EndObject()
	}
	w.OptionalString("type", b.Type)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *GroupRetryPolicy) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "customizedRetryPolicy":
			b.Customized = readCustomizedRetryPolicy(r)
		case "exponentialRetryPolicy":
			b.Exponential = readExponentialRetryPolicy(r)
		case "type":
			b.Type = r.String()
		}
	})
}

func readCustomizedRetryPolicy(r *fastjson.Reader) *CustomizedRetryPolicy {
	if r.IsNull() {
		return nil
	}
	p := new(CustomizedRetryPolicy)
	r.Object(func(name string) {
		if name == "next" {
			p.Next = nil
			r.Array(func() { p.Next = append(p.Next, r.Int64()) })
		}
	})
	return p
}

func readExponentialRetryPolicy(r *fastjson.Reader) *ExponentialRetryPolicy {
	if r.IsNull() {
		return nil
	}
	p := new(ExponentialRetryPolicy)
	r.Object(func(name string) {
		switch name {
		case "initial":
			p.Initial = r.Int64()
		case "max":
			p.Max = r.Int64()
		case "multiplier":
			p.Multiplier = r.Int64()
		}
	})
	return p
}
