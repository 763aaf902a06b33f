package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"
)

// warnUnknownKeys names the conf keys that have no effect here.
func warnUnknownKeys(cmd *cobra.Command, file string, keys []string) {
	if len(keys) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "plume: warning: %s: no effect here: %s\n", file, strings.Join(keys, ", "))
	}
}

// warnIfOpen says so when a server without passwords can be reached from other machines.
func warnIfOpen(cmd *cobra.Command, bind, what, closeIt string) {
	if ip := net.ParseIP(bind); bind == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "plume: warning: the %s listens on %s without authentication or encryption: anyone who can reach it can use it.\n"+
		"       Close it with %s, or guard it with a firewall.\n", what, bind, closeIt)
}
