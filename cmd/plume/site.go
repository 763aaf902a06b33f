package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/site"
)

const siteExportLong = `Write the site to a folder, as plain files with recorded traces.

It runs the demo once on free ports, sends a message in every mode, records what happens and ends the demo. Any web
server can serve the folder under any path: links are relative, nothing is loaded from elsewhere. What needs a running
cluster (sending, faults, live updates) is not in it.`

const siteExportExample = `  plume site export public
  plume site export public --base /plume/`

func newSiteExportCommand() *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use: "export DIR", Short: "Write the site with recorded traces to a folder", Long: siteExportLong, Example: siteExportExample,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return exportSite(cmd, args[0], base) },
	}
	cmd.Flags().StringVar(&base, "base", "", "path that the site will be served under, such as /plume/; empty: relative links")
	return cmd
}

func exportSite(cmd *cobra.Command, dir, base string) (err error) {
	base, err = site.ParseBase(base)
	if err != nil {
		return usageError{fmt.Errorf("--base: %w", err)}
	}
	d, err := demo.Start(cmd.Context(), demo.Config{OTLPGRPCPort: -1, OTLPHTTPPort: -1, BatchDelay: 50 * time.Millisecond, Progress: cmd.ErrOrStderr()})
	if err != nil {
		return err //nolint:wrapcheck // says it all
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 10*time.Second)
		defer cancel()
		err = errors.Join(err, d.Shutdown(ctx))
	}()
	if err := d.Record(cmd.Context()); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	files, err := d.Export(cmd.Context(), dir, base)
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d files in %s\n", files, dir)
	return nil
}
