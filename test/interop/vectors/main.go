// Command vectors writes the golden vectors anew: remoting/protocol/testdata and message/testdata, by Apache RocketMQ 5.5.0
// and 4.9.7. Run it in the repository; two runs write the same bytes.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

func main() {
	for _, version := range []string{referee.Apache550, referee.Apache497} {
		if err := write(version); err != nil {
			fmt.Fprintln(os.Stderr, "vectors:", err)
			os.Exit(1)
		}
	}
}

func write(version string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	apache, err := referee.Install(ctx, version)
	if err != nil {
		return err
	}
	protocol, err := referee.SourceDir("remoting", "protocol", "testdata", "vectors-"+version+".jsonl")
	if err != nil {
		return err
	}
	message, err := referee.SourceDir("message", "testdata", "vectors-"+version+".jsonl")
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "plume-vectors-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	p, err := apache.Program(home, "vectors", "--protocol", protocol, "--message", message)
	if err != nil {
		return err
	}
	lines, err := p.Wait(ctx)
	for _, l := range referee.Only(lines, "written") {
		fmt.Println(l.Text("file"), l.Text("vectors"))
	}
	return err
}
