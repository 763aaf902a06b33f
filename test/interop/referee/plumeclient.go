package referee

import (
	"context"
	"path/filepath"
)

// PlumeClient is the built program of test/interop/plumeclient: Plume's client library behind the arguments and lines of the
// other client programs.
type PlumeClient struct {
	path string
	env  []string
}

// JSON is the client with the JSON header encoding in place of ROCKETMQ.
func (c *PlumeClient) JSON() *PlumeClient {
	return &PlumeClient{path: c.path, env: []string{"ROCKETMQ_SERIALIZE_TYPE=JSON"}}
}

// BuildPlumeClient builds it into dir.
func BuildPlumeClient(ctx context.Context, dir string) (*PlumeClient, error) {
	source, err := SourceDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "plumeclient"+exeSuffix())
	return &PlumeClient{path: path}, build(ctx, source, path, "./test/interop/plumeclient")
}

// Program starts it.
func (c *PlumeClient) Program(dir string, args ...string) (*Process, error) {
	return Start(Spec{Name: "plumeclient " + args[0], Path: c.path, Args: args, Dir: dir, Env: append([]string{"HOME=" + dir}, c.env...)})
}
