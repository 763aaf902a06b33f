package reliability

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/broker/store/mappedfile"
)

// tampering is something done to a store folder, and what the broker makes of it.
type tampering struct {
	name   string
	change func(root string) error
	want   error  // nil: it starts, with every message
	says   string // what the error names
	healed bool   // after a kill it starts all the same
}

// harmless is a tampering after which the broker starts, with every message.
func harmless(name string, change func(root string) error) tampering {
	return tampering{name: name, change: change}
}

// fatal is one after which it does not, with an error that names the culprit.
func fatal(name string, change func(root string) error, want error, says string) tampering {
	return tampering{name: name, change: change, want: want, says: says}
}

// healed is one that a kill could have brought about: recovery mends it.
func healed(t tampering) tampering {
	t.healed = true
	return t
}

func tamperings() []tampering {
	const first = "commitlog/00000000000000000000"
	return []tampering{
		harmless("nothing", func(string) error { return nil }),
		fatal("a stranger in commitlog", put("commitlog/notes.txt", "hello"), mappedfile.ErrForeignFile, "notes.txt"),
		fatal("an editor's backup in commitlog", put("commitlog/00000000000000000000~", ""), mappedfile.ErrForeignFile, "00000000000000000000~"),
		fatal("a name between two files", put("commitlog/00000000000000000042", "x"), mappedfile.ErrForeignFile, "00000000000000000042"),
		fatal("the first commit log file too short", truncate(first, 1000), mappedfile.ErrForeignFile, first),
		fatal("the first commit log file too long", truncate(first, 1<<20), mappedfile.ErrForeignFile, first),
		fatal("the first commit log file empty", truncate(first, 0), mappedfile.ErrForeignFile, first),
		fatal("a commit log file gone", remove("commitlog/00000000000000524288"), mappedfile.ErrForeignFile, "00000000000000524288"),
		fatal("no commit log", remove("commitlog"), commitlog.ErrMissing, "commitlog"),
		harmless("the consume queues gone", remove("consumequeue")),
		healed(fatal("a consume queue file gone", remove("consumequeue/"+topic+"/0/00000000000000004000"), mappedfile.ErrForeignFile, "00000000000000004000")),
		harmless("the index gone", remove("index")),
		harmless("the checkpoint gone", remove("checkpoint")),
		harmless("the checkpoint of noise", put("checkpoint", strings.Repeat("noise", 900))),
		harmless("the checkpoint empty", truncate("checkpoint", 0)),
		harmless("nothing left but the commit log", remove("consumequeue", "index", "checkpoint")),
		harmless("a subfolder in commitlog", put("commitlog/backup/x", "x")),
		harmless("topics.json torn", torn("config/topics.json", false)),
		fatal("topics.json and its .bak torn", torn("config/topics.json", true), configfile.ErrCorrupt, "topics.json"),
		harmless("consumerOffset.json torn", torn("config/consumerOffset.json", false)),
		fatal("consumerOffset.json and its .bak torn", torn("config/consumerOffset.json", true), configfile.ErrCorrupt, "consumerOffset.json"),
		fatal("subscriptionGroup.json and its .bak torn", torn("config/subscriptionGroup.json", true), configfile.ErrCorrupt, "subscriptionGroup.json"),
		fatal("delayOffset.json and its .bak torn", torn("config/delayOffset.json", true), configfile.ErrCorrupt, "delayOffset.json"),
	}
}

func put(name, content string) func(string) error {
	return func(root string) error {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, []byte(content), 0o644)
	}
}

func truncate(name string, size int64) func(string) error {
	return func(root string) error { return os.Truncate(filepath.Join(root, filepath.FromSlash(name)), size) }
}

func remove(names ...string) func(string) error {
	return func(root string) error {
		for _, name := range names {
			if err := os.RemoveAll(filepath.Join(root, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
		return nil
	}
}

// scribble changes a byte.
func scribble(name string, at int) func(string) error {
	return func(root string) error {
		file := filepath.Join(root, filepath.FromSlash(name))
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		data[at] ^= 0x10
		return os.WriteFile(file, data, 0o644)
	}
}

// torn cuts a config file in the middle; its .bak is what it was, or cut too.
func torn(name string, both bool) func(string) error {
	return func(root string) error {
		file := filepath.Join(root, filepath.FromSlash(name))
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) { // nothing has been saved in it yet
			data, err = []byte(`{"offsetTable":{1:0},"dataVersion":{"counter":1}}`), nil
		}
		if err != nil {
			return err
		}
		half := data[:len(data)/2+1]
		bak := data
		if both {
			bak = half
		}
		return errors.Join(os.WriteFile(file, half, 0o644), os.WriteFile(file+".bak", bak, 0o644))
	}
}
