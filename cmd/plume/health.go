package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
)

const healthExample = `  plume health namesrv
  plume health namesrv --addr 10.0.0.5:9876 --brokers 2
  plume health broker --addr 127.0.0.1:10911`

func newHealthCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "health", Short: "Ask a running server whether it answers", Example: healthExample, GroupID: groupServers,
		Long: "Ask a running server a cheap question over the wire. Exit code 0 says that it answered in time: made for container health checks.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHealthNamesrvCommand(), newHealthBrokerCommand())
	return cmd
}

func newHealthNamesrvCommand() *cobra.Command {
	var addr string
	var timeout time.Duration
	var brokers int
	cmd := &cobra.Command{
		Use: "namesrv", Short: "Ask a name server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			resp, err := ask(cmd.Context(), addr, protocol.NewRequest(protocol.GetBrokerClusterInfo, nil), timeout)
			if err != nil {
				return fmt.Errorf("name server %s: %w", addr, err)
			}
			var info body.ClusterInfo
			if err := info.Decode(resp.Body); err != nil {
				return fmt.Errorf("name server %s: %w", addr, err)
			}
			if n := len(info.BrokerAddrTable); n < brokers {
				return fmt.Errorf("name server %s: %d brokers registered, want %d", addr, n, brokers)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "name server %s: ok, %d brokers\n", addr, len(info.BrokerAddrTable))
			return err
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:9876", "address of the name server")
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "longest wait for the answer")
	cmd.Flags().IntVar(&brokers, "brokers", 0, "fail unless at least so many broker names are registered")
	return cmd
}

func newHealthBrokerCommand() *cobra.Command {
	var addr string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "broker", Short: "Ask a broker", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := ask(cmd.Context(), addr, protocol.NewRequest(protocol.GetBrokerRuntimeInfo, nil), timeout); err != nil {
				return fmt.Errorf("broker %s: %w", addr, err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "broker %s: ok\n", addr)
			return err
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:10911", "address of the broker")
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "longest wait for the answer")
	return cmd
}

// ask sends one request over a connection of its own and wants success.
func ask(ctx context.Context, addr string, req *protocol.RemotingCommand, timeout time.Duration) (*protocol.RemotingCommand, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client := remoting.NewClient(remoting.ClientConfig{ConnectTimeout: timeout})
	defer client.Shutdown()
	resp, err := client.InvokeSync(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	if code := protocol.ResponseCode(resp.Code); code != protocol.Success {
		return nil, &protocol.ResponseError{Code: code, Remark: resp.Remark, Addr: addr}
	}
	return resp, nil
}
