// Command goclient sends and consumes with Apache's own Go client, unmodified, and prints one JSON object per line as the
// Java programs beside it do. It is a module of its own so that Plume does not depend on that client.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/rlog"
)

// arguments are the "--name value" pairs behind the command.
type arguments map[string]string

func (a arguments) get(name, otherwise string) string {
	if v, ok := a[name]; ok {
		return v
	}
	return otherwise
}

func (a arguments) number(name string, otherwise int) int {
	n, err := strconv.Atoi(a.get(name, strconv.Itoa(otherwise)))
	if err != nil {
		return otherwise
	}
	return n
}

// line is one answer.
type line map[string]any

var printing sync.Mutex

func (l line) print() {
	text, err := json.Marshal(l)
	if err != nil {
		text = []byte(`{"event":"error"}`)
	}
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(text))
}

func main() {
	rlog.SetLogLevel("error")
	if err := run(os.Args[1:]); err != nil {
		line{"event": "error", "error": err.Error()}.print()
		os.Exit(1)
	}
}

func run(argv []string) error {
	if len(argv) == 0 {
		return fmt.Errorf("want send or consume")
	}
	args := arguments{}
	for i := 1; i+1 < len(argv); i += 2 {
		args[strings.TrimPrefix(argv[i], "--")] = argv[i+1]
	}
	switch argv[0] {
	case "send":
		return send(args)
	case "consume":
		return consume(args)
	}
	return fmt.Errorf("unknown program %s", argv[0])
}
