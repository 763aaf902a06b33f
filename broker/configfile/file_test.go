package configfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/internal/disk"
)

var errRefused = errors.New("refused")

// accept decodes any contents but "bad".
func accept(got *string) func([]byte) error {
	return func(data []byte) error {
		if string(data) == "bad" {
			return errRefused
		}
		*got = string(data)
		return nil
	}
}

func TestLoad(t *testing.T) {
	cases := []struct {
		name, main, bak string // "-" is absent
		want            string
		found           bool
		err             error
	}{
		{"new store", "-", "-", "", false, nil},
		{"main", "one", "two", "one", true, nil},
		{"main lost", "-", "two", "two", true, nil},
		{"main empty", "", "two", "two", true, nil},
		{"main corrupt", "bad", "two", "two", true, nil},
		{"both corrupt", "bad", "bad", "", false, configfile.ErrCorrupt},
		{"corrupt and alone", "bad", "-", "", false, configfile.ErrCorrupt},
		{"only a corrupt bak", "-", "bad", "", false, configfile.ErrCorrupt},
		{"both empty", " \n", "", "", false, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "topics.json")
			for path, content := range map[string]string{name: c.main, name + ".bak": c.bak} {
				if content != "-" {
					if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			var got string
			found, err := configfile.New(disk.System, name).Load(accept(&got))
			if !errors.Is(err, c.err) || found != c.found || got != c.want {
				t.Errorf("Load = %q, %v, %v; want %q, %v, %v", got, found, err, c.want, c.found, c.err)
			}
			if c.err != nil && !errors.Is(err, errRefused) {
				t.Errorf("%v does not tell why the file was refused", err)
			}
		})
	}
}

func TestStoreKeepsTheFormerContents(t *testing.T) {
	name := filepath.Join(t.TempDir(), "topics.json")
	f := configfile.New(disk.System, name)
	for _, content := range []string{"a longer first", "second", "third", "third"} {
		if err := f.Store([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{name: "third", name + ".bak": "second"} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", filepath.Base(path), got, err, want)
		}
	}
	left, _ := filepath.Glob(name + "*.tmp")
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStoreAfterARescueKeepsTheGoodBak(t *testing.T) {
	name := filepath.Join(t.TempDir(), "topics.json")
	_ = os.WriteFile(name, []byte("bad"), 0o600)
	_ = os.WriteFile(name+".bak", []byte("good"), 0o600)
	f := configfile.New(disk.System, name)
	var got string
	if _, err := f.Load(accept(&got)); err != nil {
		t.Fatal(err)
	}
	if err := f.Store([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if bak, _ := os.ReadFile(name + ".bak"); string(bak) != "good" {
		t.Errorf(".bak holds %q; the corrupt contents must not go there", bak)
	}
}
