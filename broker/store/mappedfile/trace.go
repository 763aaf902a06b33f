package mappedfile

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

var stepAppendMessage = observ.Define(observ.Op{
	ID:   "mappedfile.appendMessage",
	Func: "broker/store/mappedfile.(*MappedFile).AppendMessages",
	Java: "DefaultMappedFile#appendMessage",
})

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepAppendMessage} }

// appendSteps are the spans of one write: one for each traced message in it.
type appendSteps []observ.Step

func traceAppendMessages(traced []context.Context, f *MappedFile, n int) appendSteps {
	if len(traced) == 0 {
		return nil
	}
	steps := make(appendSteps, len(traced))
	for i, ctx := range traced {
		_, step := stepAppendMessage.Start(ctx)
		if step.On() {
			step.Set(
				observ.String("rocketmq.store.file", f.name),
				observ.Int("rocketmq.store.write.bytes", n),
				observ.Int("rocketmq.store.write.messages_traced", len(traced)),
				observ.Bool("rocketmq.store.rolled", f.wrote.Load() == 0),
			)
		}
		steps[i] = step
	}
	return steps
}

func (s appendSteps) end(err *error) {
	for _, step := range s {
		step.End(err)
	}
}
