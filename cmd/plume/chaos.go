package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/internal/chaos"
	"github.com/plumemq/plume/internal/metrics"
)

const chaosLong = `Break a running cluster on purpose, one fault after the other, until Ctrl-C, which heals what is broken.

A fault takes from one broker the permission to be written to, or to be read from, as an administrator can, and gives it back
after a while. Watch producers go elsewhere and consumers fall behind and catch up.`

const chaosExample = `  plume chaos --brokers '127.0.0.1:10911;127.0.0.1:10921'
  plume chaos --brokers 127.0.0.1:10911 --every 1m --for 15s`

func newChaosCommand() *cobra.Command {
	var f struct {
		brokers      string
		every, lasts time.Duration
		telemetry    telemetryFlags
	}
	cmd := &cobra.Command{
		Use: "chaos", Short: "Break a running cluster on purpose, and heal it", Long: chaosLong, Example: chaosExample,
		GroupID: groupServers, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.lasts <= 0 || f.every <= f.lasts {
				return usageError{fmt.Errorf("--for %v and --every %v: want a fault to end before the next one begins", f.lasts, f.every)}
			}
			env, err := f.telemetry.setup(cmd.Context(), "plume-chaos", cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer env.close()
			c, err := chaos.New(chaos.Config{
				Brokers: splitAddrs(f.brokers), Every: f.every, For: f.lasts, Metrics: metrics.New(env.registerer, metrics.Options{}), Logger: env.log,
				Say: func(s string) { fmt.Fprintln(cmd.OutOrStdout(), s) },
			})
			if err != nil {
				return usageError{err}
			}
			defer paceGC(serviceGC)()
			return c.Run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.brokers, "brokers", os.Getenv("PLUME_BROKERS"), "brokers to break, host:port;host:port (environment: PLUME_BROKERS)")
	flags.DurationVar(&f.every, "every", time.Minute, "from the begin of one fault to the begin of the next")
	flags.DurationVar(&f.lasts, "for", 15*time.Second, "how long a fault lasts")
	f.telemetry.register(cmd, "info")
	return cmd
}
