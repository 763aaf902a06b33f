package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/internal/demo"
)

const faultLong = `Break a part of the running demo, or heal it again. Each fault is real, touches only what the demo itself has made,
and heals by itself; "plume fault list" says which there are and which are on.

The demo leaves its address and a token in a file that only its user can read; --site picks among several demos.`

const faultExample = `  plume fault list
  plume fault on broker-kill
  plume fault off broker-kill
  plume fault clear                               heal everything and stop the load`

// errNoDemo says that no demo answers.
var errNoDemo = errors.New("no demo runs here")

func newFaultCommand() *cobra.Command {
	var site string
	cmd := &cobra.Command{
		Use: "fault", Short: "Break the running demo on purpose", Long: faultLong, Example: faultExample, GroupID: groupServers,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&site, "site", "", "the demo's page, http://127.0.0.1:8088; default: the demo started last")
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "Which faults there are, and which are on", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return listFaults(cmd.Context(), cmd.OutOrStdout(), site) }},
		&cobra.Command{Use: "on ID", Short: "Switch a fault on, and say which trace shows it", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return faultOn(cmd.Context(), cmd.OutOrStdout(), site, args[0])
			}},
		&cobra.Command{Use: "off ID", Short: "Heal a fault", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return faultPost(cmd.Context(), cmd.OutOrStdout(), site, "/fault", url.Values{"id": {args[0]}, "on": {"false"}})
			}},
		&cobra.Command{Use: "clear", Short: "Heal everything and stop the load", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return faultPost(cmd.Context(), cmd.OutOrStdout(), site, "/fault/clear", url.Values{})
			}},
	)
	return cmd
}

// faultState is what the demo's site answers.
type faultState struct {
	Active []string `json:"active"`
	Left   []int    `json:"left"`
	Trace  string   `json:"trace"`
	Error  string   `json:"error"`
}

func faultOn(ctx context.Context, out io.Writer, site, id string) error {
	if err := faultPost(ctx, out, site, "/fault", url.Values{"id": {id}, "on": {"true"}}); err != nil {
		return err
	}
	door, err := findDemo(site)
	if err != nil {
		return err
	}
	state, err := door.ask(ctx, http.MethodPost, "/fault/show", url.Values{"id": {id}})
	if err != nil {
		return err
	}
	if state.Trace != "" {
		fmt.Fprintf(out, "%s/trace/%s\n", door.URL, state.Trace)
	}
	if state.Error != "" {
		return fmt.Errorf("%s: %s", id, state.Error)
	}
	return nil
}

// faultPost changes something and says what is on then.
func faultPost(ctx context.Context, out io.Writer, site, path string, form url.Values) error {
	door, err := findDemo(site)
	if err != nil {
		return err
	}
	state, err := door.ask(ctx, http.MethodPost, path, form)
	if err != nil {
		return err
	}
	if state.Error != "" {
		return errors.New(state.Error)
	}
	if len(state.Active) == 0 {
		fmt.Fprintln(out, "nothing is broken")
	}
	for i, id := range state.Active {
		fmt.Fprintf(out, "%s is on, heals in %d s\n", id, state.Left[i])
	}
	return nil
}

func listFaults(ctx context.Context, out io.Writer, site string) error {
	door, err := findDemo(site)
	if err != nil {
		return err
	}
	state, err := door.ask(ctx, http.MethodGet, "/control", nil)
	if err != nil {
		return err
	}
	return writeFaults(out, state.Active)
}

// writeFaults writes one line for each fault, those that are on marked.
func writeFaults(out io.Writer, active []string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range demo.KnownFaults() {
		mark := " "
		if slices.Contains(active, f.ID) {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %s\t%s\n", mark, f.ID, strings.ReplaceAll(f.What.EN, "`", ""))
	}
	return w.Flush()
}

// ask calls the demo's site.
func (d demoDoor) ask(ctx context.Context, method, path string, form url.Values) (faultState, error) {
	var state faultState
	r, err := http.NewRequestWithContext(ctx, method, d.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return state, err
	}
	r.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Plume-Token", d.Token)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return state, withHint(fmt.Errorf("%w: %w", errNoDemo, err), "start one with: plume demo")
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return state, fmt.Errorf("answer of %s: %w", d.URL, err)
	}
	if resp.StatusCode != http.StatusOK {
		return state, fmt.Errorf("%s: %s: %s", d.URL, resp.Status, strings.TrimSpace(string(body)))
	}
	if err := json.Unmarshal(body, &state); err != nil {
		return state, fmt.Errorf("answer of %s: %w", d.URL, err)
	}
	return state, nil
}
