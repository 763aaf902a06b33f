package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const rootLong = `Plume is RocketMQ made visible: a name server, a broker and clients that speak Apache RocketMQ's
protocol and keep its files, and that record every step of their work as an OpenTelemetry span.

Servers listen on 127.0.0.1 unless a flag or a conf file says otherwise.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nobody reachable, 4 unknown topic, 130 interrupted.`

const rootExample = `  plume demo                                      watch a message travel
  plume namesrv                                   a name server on 127.0.0.1:9876
  plume broker -n 127.0.0.1:9876                  a broker on 127.0.0.1:10911
  plume send TopicTest -b 'hello'                 send one message
  plume consume TopicTest --group tail --from first
  plume bench --in-flight 64 --duration 10s       how fast is it?`

// newRootCommand builds the whole tree of commands.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "plume", Short: "RocketMQ, with every step a span", Long: rootLong, Example: rootExample,
		SilenceErrors: true, SilenceUsage: true, Version: version(),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddGroup(
		&cobra.Group{ID: groupServers, Title: "Servers:"},
		&cobra.Group{ID: groupClients, Title: "Clients:"},
	)
	root.AddCommand(newDemoCommand(), newFaultCommand(), newNamesrvCommand(), newBrokerCommand(), newHealthCommand(), newDumpCommand(),
		newSendCommand(), newConsumeCommand(), newTraceCommand(), newBenchCommand(), newSiteCommand(), newChaosCommand(), newVersionCommand())
	requireArgs(root)
	return root
}

// The groups of commands in the help text.
const (
	groupServers = "servers"
	groupClients = "clients"
)

// requireArgs makes wrong arguments of any command a usage error, as wrong flags are.
func requireArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			switch {
			case err == nil:
				return nil
			case !isCobraUsage(err):
				err = fmt.Errorf("%w: want %s", err, cmd.UseLine())
			}
			return usageError{err}
		}
	}
	for _, sub := range cmd.Commands() {
		requireArgs(sub)
	}
}
