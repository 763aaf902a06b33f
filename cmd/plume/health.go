package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
)

const healthExample = `  plume health namesrv
  plume health namesrv --addr 10.0.0.5:9876 --brokers 2
  plume health broker --addr 127.0.0.1:10911
  plume health http http://127.0.0.1:8088/api/services`

func newHealthCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "health", Short: "Ask a running server whether it answers", Example: healthExample, GroupID: groupServers,
		Long: "Ask a running server a cheap question over the wire. Exit code 0 says that it answered in time: made for container health checks.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHealthNamesrvCommand(), newHealthBrokerCommand(), newHealthHTTPCommand())
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

func newHealthHTTPCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "http URL", Short: "Ask anything that speaks HTTP: the site, an --admin-addr, a --metrics-addr", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := get(cmd.Context(), args[0], timeout); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", args[0])
			return err
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "longest wait for the answer")
	return cmd
}

var errStatus = errors.New("not healthy")

// get wants status 200.
func get(ctx context.Context, url string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return usageError{err}
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s answers %s", errStatus, url, resp.Status)
	}
	return nil
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
