package referee

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// GoClient is the built program of test/interop/goclient: Apache's own Go client.
type GoClient struct{ path string }

// BuildGoClient builds it into dir.
func BuildGoClient(ctx context.Context, dir string) (*GoClient, error) {
	source, err := SourceDir("test", "interop", "goclient")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "goclient"+exeSuffix())
	return &GoClient{path: path}, build(ctx, source, path, ".")
}

// Program starts it.
func (g *GoClient) Program(dir string, args ...string) (*Process, error) {
	return Start(Spec{Name: "rocketmq-client-go " + args[0], Path: g.path, Args: args, Dir: dir, Env: []string{"HOME=" + dir}})
}

func build(ctx context.Context, source, path, target string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, target)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return runCommand(cmd)
}
