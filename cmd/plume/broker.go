package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/remoting/protocol"
)

const brokerLong = `Run a broker: it keeps messages on disk in Apache's format, and serves producers and consumers.

The conf file is Apache's broker.conf. Flags win over the conf. The broker listens on 127.0.0.1:10911, and tells clients
to connect there, unless --listen, --broker-ip or the conf (bindAddress, brokerIP1) says otherwise. It starts without its
name servers and registers as soon as they answer.

Metrics are served where --metrics-addr says, or as Apache does: metricsExporterType=PROM in the conf serves them on
metricsPromExporterHost (default: brokerIP1) and metricsPromExporterPort (default: 5557).`

const brokerExample = `  plume broker -n 127.0.0.1:9876
  plume broker -c broker.conf
  plume broker -n 10.0.0.5:9876 --name broker-b --listen 0.0.0.0:10921 --store /var/lib/plume/b`

type brokerFlags struct {
	confFile    string
	nameServers string
	name        string
	listen      string
	brokerIP    string
	store       string
	busyPoll    bool
	telemetry   telemetryFlags
}

func newBrokerCommand() *cobra.Command {
	var f brokerFlags
	cmd := &cobra.Command{
		Use: "broker", Short: "Run a broker", Long: brokerLong, Example: brokerExample, GroupID: groupServers, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.confFile, "conf", "c", "", "conf file: Apache's broker.conf")
	flags.StringVarP(&f.nameServers, "namesrv", "n", os.Getenv("NAMESRV_ADDR"), "name servers, host:port;host:port (conf key namesrvAddr; environment: NAMESRV_ADDR)")
	flags.StringVar(&f.name, "name", "", "name of the broker (conf key brokerName; default: this host's)")
	flags.StringVar(&f.listen, "listen", "", "address to listen on, host:port (conf keys bindAddress, listenPort; default 127.0.0.1:10911)")
	flags.StringVar(&f.brokerIP, "broker-ip", "", "address told to clients (conf key brokerIP1)")
	flags.StringVar(&f.store, "store", "", "folder of the store (conf key storePathRootDir; default: store in the home folder)")
	registerBusyPoll(cmd, &f.busyPoll)
	f.telemetry.register(cmd, "info")
	return cmd
}

func (f *brokerFlags) run(cmd *cobra.Command) error {
	defer paceGC(brokerGC)()
	cfg, err := f.config(cmd)
	if err != nil {
		return err
	}
	if f.telemetry.metricsAddr == "" {
		f.telemetry.metricsAddr = cfg.MetricsAddr()
	}
	encoding, err := protocol.SerializeTypeFromEnv(protocol.JSON)
	if err != nil {
		return err
	}
	env, err := f.telemetry.setup(cmd.Context(), "plume-broker", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	b, err := broker.New(cfg, broker.Deps{Component: env.component, Registerer: env.registerer, Logger: env.log, Serialize: encoding, NoBusyPolling: !f.busyPoll})
	if err != nil {
		return err
	}
	warnIfOpen(cmd, bindOf(&cfg), "broker", "--listen 127.0.0.1:10911 --broker-ip 127.0.0.1")
	err = runService(cmd.Context(), env, b, func() {
		fmt.Fprintf(cmd.OutOrStdout(), "broker %s: listening on %s, name servers %s\n", cfg.BrokerName, b.Addr(), orNone(cfg.Register.NamesrvAddr))
	})
	return explainListen(err, "--listen host:port (conf key listenPort)")
}

// config is the conf file under the flags.
func (f *brokerFlags) config(cmd *cobra.Command) (broker.Config, error) {
	text := ""
	if f.confFile != "" {
		data, err := os.ReadFile(f.confFile)
		if err != nil {
			return broker.Config{}, fmt.Errorf("-c: %w", err)
		}
		text = string(data)
	}
	cfg, unknown, err := broker.ParseConfig(text)
	if err != nil {
		return broker.Config{}, fmt.Errorf("%s: %w", f.confFile, err)
	}
	warnUnknownKeys(cmd, f.confFile, unknown)
	return cfg, f.apply(&cfg, cmd)
}

// apply puts the flags over the conf.
func (f *brokerFlags) apply(cfg *broker.Config, cmd *cobra.Command) error {
	var props []broker.Property
	set := func(key, value string) { props = append(props, broker.Property{Name: key, Value: value}) }
	// The environment's name servers count only where the conf has none.
	if f.nameServers != "" && (cmd.Flags().Changed("namesrv") || cfg.Register.NamesrvAddr == "") {
		set("namesrvAddr", f.nameServers)
	}
	if f.listen != "" {
		host, port, err := splitListen(f.listen)
		if err != nil {
			return usageError{fmt.Errorf("--listen %s: %w", f.listen, err)}
		}
		set("bindAddress", host)
		set("listenPort", fmt.Sprint(port))
	}
	if f.name != "" {
		set("brokerName", f.name)
	}
	if f.brokerIP != "" {
		set("brokerIP1", f.brokerIP)
	}
	if f.store != "" {
		set("storePathRootDir", f.store)
		set("storePathCommitLog", "") // below the root
	}
	_, err := cfg.Apply(props)
	return err
}

// bindOf is the address that a broker will listen on.
func bindOf(cfg *broker.Config) string {
	switch {
	case cfg.Network.BindAddress != "":
		return cfg.Network.BindAddress
	case cfg.Network.BrokerIP1 != "":
		return "0.0.0.0"
	}
	return "127.0.0.1"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
