package referee

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// Plume is the built plume binary.
type Plume struct {
	Path string
	// Env are further variables of its processes' environment, in which tracing is off otherwise.
	Env []string
}

// BuildPlume builds it into dir; $PLUME_INTEROP_PLUME names a built one to use instead.
func BuildPlume(ctx context.Context, dir string) (*Plume, error) {
	if path := os.Getenv("PLUME_INTEROP_PLUME"); path != "" {
		return &Plume{Path: path}, nil
	}
	source, err := SourceDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "plume"+exeSuffix())
	return &Plume{Path: path}, build(ctx, source, path, "./cmd/plume")
}

// StartNameServer starts Plume's name server; dir is its home.
func (p *Plume) StartNameServer(dir string) (*NameServer, error) {
	port, err := freePorts()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "namesrv.conf")
	if err := writeConf(path, map[string]string{"listenPort": strconv.Itoa(port), "kvConfigPath": filepath.Join(dir, "kvConfig.json")}); err != nil {
		return nil, err
	}
	from := time.Now()
	process, err := p.Command(dir, "namesrv", "-c", path)
	if err != nil {
		return nil, err
	}
	return awaitNameServer(process, "127.0.0.1:"+strconv.Itoa(port), from)
}

// StartBroker starts Plume's broker; dir is its home, its store is the config's.
func (p *Plume) StartBroker(dir string, c BrokerConfig) (*Broker, error) {
	path, name, addr, err := c.write(dir)
	if err != nil {
		return nil, err
	}
	from := time.Now()
	process, err := p.Command(dir, append([]string{"broker", "-c", path}, c.Flags...)...)
	if err != nil {
		return nil, err
	}
	return awaitBroker(process, c, name, addr, from)
}

// Command starts any command of it.
func (p *Plume) Command(dir string, args ...string) (*Process, error) {
	return Start(Spec{Name: "plume " + args[0], Path: p.Path, Args: args, Dir: dir, Env: append([]string{"HOME=" + dir, "OTEL_SDK_DISABLED=true"}, p.Env...)})
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func runCommand(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, tail(string(out), 4000))
	}
	return nil
}
