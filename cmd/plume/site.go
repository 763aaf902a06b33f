package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/observatory"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

const siteExportLong = `Write the site to a folder, as plain files with recorded traces.

It runs the demo once on free ports, sends a message in every mode, records what happens and ends the demo. With --traces
it shows those of a file instead, which plume site save or OpenTelemetry's Collector has written. Any web server can serve
the folder under any path: links are relative, nothing is loaded from elsewhere. What needs a running cluster (sending,
faults, live updates) is not in it.`

const siteExportExample = `  plume site export public
  plume site export public --base /plume/
  plume site export public --traces traces.jsonl`

func newSiteExportCommand() *cobra.Command {
	var base, traces string
	cmd := &cobra.Command{
		Use: "export DIR", Short: "Write the site with recorded traces to a folder", Long: siteExportLong, Example: siteExportExample,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return exportSite(cmd, args[0], base, traces) },
	}
	cmd.Flags().StringVar(&base, "base", "", "path that the site will be served under, such as /plume/; empty: relative links")
	cmd.Flags().StringVar(&traces, "traces", "", "show the traces of this file (OTLP in JSON) instead of recording some")
	return cmd
}

func exportSite(cmd *cobra.Command, dir, base, traces string) error {
	base, err := site.ParseBase(base)
	if err != nil {
		return usageError{fmt.Errorf("--base: %w", err)}
	}
	export := exportDemo
	if traces != "" {
		export = exportFile(traces)
	}
	files, err := export(cmd, dir, base)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d files in %s\n", files, dir)
	return nil
}

// exportFile exports the traces of a file.
func exportFile(traces string) func(cmd *cobra.Command, dir, base string) (int, error) {
	return func(cmd *cobra.Command, dir, base string) (int, error) {
		store := tracestore.New(tracestore.Config{MaxBytes: exportStoreBytes})
		if err := openTraces(cmd, store, traces); err != nil {
			return 0, err
		}
		return observatory.New(observatory.Config{Pages: site.Config{Store: store}}).Export(cmd.Context(), dir, base) //nolint:wrapcheck // says it all
	}
}

// exportDemo exports what a demo records.
func exportDemo(cmd *cobra.Command, dir, base string) (files int, err error) {
	d, err := demo.Start(cmd.Context(), demo.Config{OTLPGRPCPort: -1, OTLPHTTPPort: -1, BatchDelay: 50 * time.Millisecond, Progress: cmd.ErrOrStderr()})
	if err != nil {
		return 0, err //nolint:wrapcheck // says it all
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 10*time.Second)
		defer cancel()
		err = errors.Join(err, d.Shutdown(ctx))
	}()
	if err := d.Record(cmd.Context()); err != nil {
		return 0, err //nolint:wrapcheck // likewise
	}
	return d.Export(cmd.Context(), dir, base) //nolint:wrapcheck // likewise
}
