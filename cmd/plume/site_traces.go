package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/internal/tracestore"
)

const siteSaveLong = `Save the traces that a running demo or site has now to a file.

The file is OTLP in JSON, an object of traces on each line: plume site --traces and plume site export --traces show it
again, and whatever reads the files of OpenTelemetry's Collector reads it, too. "Save all" on the page does the same.`

const siteSaveExample = `  plume site save traces.jsonl
  plume site save traces.jsonl --site http://127.0.0.1:8090`

// exportStoreBytes is how much of a file an export takes into account.
const exportStoreBytes = 256 << 20

var errNoTraces = errors.New("there are no traces yet")

func newSiteSaveCommand() *cobra.Command {
	var site string
	cmd := &cobra.Command{
		Use: "save FILE", Short: "Save the traces of a running demo or site to a file", Long: siteSaveLong, Example: siteSaveExample,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := saveTraces(cmd.Context(), site, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d KiB in %s\n", (n+1023)>>10, args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&site, "site", "http://127.0.0.1:8088", "the page of the demo or site")
	return cmd
}

// saveTraces fetches a site's traces into a file, whole or not at all.
func saveTraces(ctx context.Context, site, file string) (int64, error) {
	u, err := url.Parse(site)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return 0, usageError{fmt.Errorf("--site %s: want an address such as http://127.0.0.1:8088", site)}
	}
	body, err := fetchTraces(ctx, u.JoinPath("traces.jsonl").String())
	if err != nil {
		return 0, withHint(fmt.Errorf("%s: %w", site, err), "start one with: plume demo, or name its page with --site")
	}
	defer body.Close()
	f, err := os.CreateTemp(filepath.Dir(file), ".plume-*.jsonl")
	if err != nil {
		return 0, fmt.Errorf("save: %w", err)
	}
	n, err := io.Copy(f, body)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", site, errNoTraces)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("save: %w", err), os.Remove(f.Name()))
	}
	return n, nil
}

func fetchTraces(ctx context.Context, address string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // the address is said anyway
		}
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode != http.StatusOK || kind != "application/x-ndjson" {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("answers %s with %q, which is not a site of this version", resp.Status, kind)
	}
	return resp.Body, nil
}

// openTraces takes a file's traces into a store, and tells of what did not fit.
func openTraces(cmd *cobra.Command, store *tracestore.Store, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("--traces: %w", err)
	}
	defer f.Close()
	if _, err := store.Load(f); err != nil {
		return fmt.Errorf("--traces %s: %w", file, err)
	}
	stats := store.Stats()
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d traces\n", file, stats.Traces)
	if stats.Evicted > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: the oldest %d traces are left out: they are more than the store holds\n", file, stats.Evicted)
	}
	if stats.Refused > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d spans are left out: too many for one trace\n", file, stats.Refused)
	}
	return nil
}
