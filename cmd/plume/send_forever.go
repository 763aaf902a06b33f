package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client/producer"
)

const (
	// modeMix is every mode in turn.
	modeMix = "mix"
	// maxRate is the fastest that --rate promises: one message after the other.
	maxRate = 1000
	// reportEvery is how often sendForever says how it goes.
	reportEvery = 10 * time.Second
)

// senderFor is the sender of the n-th message, from 1.
func (f *sendFlags) senderFor(n int) sender {
	if f.mode == modeMix {
		return senderOf(sendModes[(n-1)%len(sendModes)])
	}
	return senderOf(f.mode)
}

// sendForever sends one message at each tick until Ctrl-C. A send that takes longer than a tick makes the next ones late, not many.
func (f *sendFlags) sendForever(cmd *cobra.Command, p *producer.Producer, topic string) error {
	defer paceGC(serviceGC)()
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	tick, report := time.NewTicker(f.interval), time.NewTicker(reportEvery)
	defer tick.Stop()
	defer report.Stop()
	failed := 0
	for n := 1; ; n++ {
		_, err := await(ctx, f.senderFor(n), p, f.message(topic, n))
		if ctx.Err() != nil {
			return nil //nolint:nilerr // Ctrl-C is how this ends
		}
		if err != nil {
			failed++
			fmt.Fprintf(out, "message %d failed: %v\n", n, err)
		}
		if n == 1 && err == nil {
			fmt.Fprintf(out, "sending to %s every %v\n", topic, f.interval)
		}
		select {
		case <-report.C:
			fmt.Fprintf(out, "%d sent, %d failed\n", n-failed, failed)
		default:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
