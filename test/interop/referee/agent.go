package referee

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
)

// AgentVersion is the pinned version of OpenTelemetry's Java agent.
const AgentVersion = "2.12.0"

// InstallAgent resolves OpenTelemetry's Java agent with Maven, once, and returns the jar's path. The error is ErrNoJava where the tools
// are missing.
func InstallAgent(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("mvn"); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoJava, err)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	const artifact = "io.opentelemetry.javaagent:opentelemetry-javaagent:" + AgentVersion
	dir, err := once(cache, "otel-agent-"+AgentVersion, nil, func(dir string) error {
		return run(ctx, "mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir)
	})
	return filepath.Join(dir, "opentelemetry-javaagent-"+AgentVersion+".jar"), err
}

// WithAgent is this version with its programs under the Java agent as the service named, which sends their spans by OTLP over HTTP to
// endpoint, "http://host:port", five times a second: the programs end without waiting for it.
func (a *Apache) WithAgent(jar, service, endpoint string) *Apache {
	b := *a
	b.jvm = append(slices.Clone(a.jvm), "-javaagent:"+jar, "-Dotel.service.name="+service,
		"-Dotel.traces.exporter=otlp", "-Dotel.exporter.otlp.protocol=http/protobuf", "-Dotel.exporter.otlp.endpoint="+endpoint,
		"-Dotel.bsp.schedule.delay=200", "-Dotel.metrics.exporter=none", "-Dotel.logs.exporter=none")
	return &b
}
