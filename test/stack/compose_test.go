//go:build stack

package stack

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const root = "../.."

// compose loads docker-compose.yml as docker compose does, with every profile on.
func compose(t *testing.T) *types.Project {
	t.Helper()
	opts, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")}, cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := opts.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeFileIsWhole(t *testing.T) {
	project := compose(t)
	pinned := regexp.MustCompile(`:v?\d+\.\d+\.\d+$`)
	for name, s := range project.Services {
		if s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %s has no pinned tag", name, s.Image)
		}
		if s.Build != nil {
			dockerfile := s.Build.Dockerfile
			if !filepath.IsAbs(dockerfile) {
				dockerfile = filepath.Join(s.Build.Context, dockerfile)
			}
			exists(t, name, dockerfile)
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				exists(t, name, v.Source)
				if !v.ReadOnly {
					t.Errorf("%s may write to %s", name, v.Source)
				}
			}
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to other machines", name, p.Published)
			}
		}
		for key := range s.Environment {
			if !slices.Contains(knownVariables, key) {
				t.Errorf("%s: nobody reads the variable %s", name, key)
			}
		}
	}
	for profile, want := range map[string][]string{"java": {"java"}, "chaos": {"chaos"}} {
		for _, name := range want {
			if s, ok := project.Services[name]; !ok || !slices.Contains(s.Profiles, profile) {
				t.Errorf("%s is not in the profile %s", name, profile)
			}
		}
	}
}

// knownVariables are the variables that somebody reads: OpenTelemetry's specification, Grafana's configuration, RocketMQ's clients.
var knownVariables = []string{
	"GOMEMLIMIT", // Go's runtime
	"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_SAMPLER",
	"OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER", "OTEL_TRACES_EXPORTER",
	"GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_ANONYMOUS_ORG_ROLE", "GF_AUTH_DISABLE_LOGIN_FORM", "GF_ANALYTICS_REPORTING_ENABLED",
	"GF_ANALYTICS_CHECK_FOR_UPDATES", "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH", "NAMESRV_ADDR", "PLUME_BROKERS",
}

func exists(t *testing.T, who, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s: %v", who, err)
	}
}

// A flag of the compose file that the program does not know would show only when somebody starts it.
func TestCommandsAreUnderstood(t *testing.T) {
	plume := binary(t)
	flag := regexp.MustCompile(`^--([a-z-]+)`)
	seen := 0
	for name, s := range compose(t).Services {
		if s.Image != "plume:local" {
			continue
		}
		for _, words := range [][]string{s.Command, slices.Clone(s.HealthCheck.Test)[2:]} {
			sub := words[:1]
			if words[0] == "health" {
				sub = words[:2]
			}
			help := output(t, plume, append(slices.Clone(sub), "--help")...)
			for _, w := range words {
				if m := flag.FindStringSubmatch(w); m != nil {
					seen++
					if !strings.Contains(help, "--"+m[1]+" ") {
						t.Errorf("%s: plume %v has no flag --%s", name, sub, m[1])
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d flags seen", seen)
	}
}
