package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/namesrv"
	"github.com/plumemq/plume/remoting/protocol"
)

const namesrvLong = `Run a name server: brokers tell it which topics they hold, clients ask it where a topic is.

The conf file has Apache's format and keys (listenPort, bindAddress, kvConfigPath, orderMessageEnable, ...). It listens
on 127.0.0.1:9876 unless --listen or the conf says otherwise. Routes are kept in memory only: after a restart brokers
bring them again within 30 seconds.

Changing settings while it runs (mqadmin updateNamesrvConfig) is refused unless the conf says enableConfigUpdate=true, a
key of Plume's own: Apache's name server lets everybody who reaches its port do that. With it the switches can be changed
until the next start: orderMessageEnable, returnOrderTopicConfigToBroker, enableAllTopicList, enableTopicList,
supportActingMaster, notifyMinBrokerIdChanged, deleteTopicWithBrokerRegistration and needWaitForService.`

const namesrvExample = `  plume namesrv
  plume namesrv --listen 0.0.0.0:9876
  plume namesrv -c namesrv.conf --otlp-endpoint localhost:4317`

type namesrvFlags struct {
	confFile  string
	listen    string
	busyPoll  bool
	telemetry telemetryFlags
}

func newNamesrvCommand() *cobra.Command {
	var f namesrvFlags
	cmd := &cobra.Command{
		Use: "namesrv", Short: "Run a name server", Long: namesrvLong, Example: namesrvExample,
		GroupID: groupServers, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cmd.Flags().StringVarP(&f.confFile, "conf", "c", "", "conf file with Apache's keys")
	cmd.Flags().StringVar(&f.listen, "listen", "", "address to listen on, host:port; port 0 picks a free one (default 127.0.0.1:9876)")
	registerBusyPoll(cmd, &f.busyPoll)
	f.telemetry.register(cmd, "info")
	return cmd
}

func (f *namesrvFlags) run(cmd *cobra.Command) error {
	defer paceGC(serviceGC)()
	cfg, err := f.config(cmd)
	if err != nil {
		return err
	}
	encoding, err := protocol.SerializeTypeFromEnv(protocol.JSON)
	if err != nil {
		return err
	}
	env, err := f.telemetry.setup(cmd.Context(), "plume-namesrv", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	ns, err := namesrv.New(cfg, namesrv.Deps{Component: env.component, Registerer: env.registerer, Logger: env.log, Serialize: encoding, NoBusyPolling: !f.busyPoll})
	if err != nil {
		return err
	}
	warnIfOpen(cmd, cfg.BindAddress, "name server", "--listen 127.0.0.1:9876")
	err = runService(cmd.Context(), env, ns, func() {
		fmt.Fprintf(cmd.OutOrStdout(), "name server: listening on %s\n", ns.Addr())
	})
	return explainListen(err, "--listen host:port (conf key listenPort)")
}

// config is the conf file under the flags.
func (f *namesrvFlags) config(cmd *cobra.Command) (namesrv.Config, error) {
	text := ""
	if f.confFile != "" {
		data, err := os.ReadFile(f.confFile)
		if err != nil {
			return namesrv.Config{}, fmt.Errorf("-c: %w", err)
		}
		text = string(data)
	}
	cfg, unknown, err := namesrv.ParseConfig(text)
	if err != nil {
		return namesrv.Config{}, fmt.Errorf("%s: %w", f.confFile, err)
	}
	warnUnknownKeys(cmd, f.confFile, unknown)
	if cfg.KVConfigPath == "" {
		if home, err := os.UserHomeDir(); err == nil {
			cfg.KVConfigPath = filepath.ToSlash(filepath.Join(home, "namesrv", "kvConfig.json"))
		}
	}
	if f.listen != "" {
		if cfg.BindAddress, cfg.ListenPort, err = splitListen(f.listen); err != nil {
			return namesrv.Config{}, usageError{fmt.Errorf("--listen %s: %w", f.listen, err)}
		}
	}
	return cfg, nil
}

// splitListen reads "host:port"; an empty host is every address, as usual in Go.
func splitListen(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("port %q: want 0 to 65535", text)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	return host, port, nil
}
