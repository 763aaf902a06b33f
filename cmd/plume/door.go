package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/plumemq/plume/internal/demo"
)

// demoDoor is what a command needs to use the control bar of a demo that runs.
type demoDoor struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// doorFolder is where demos leave their doors: readable by their user alone.
func doorFolder() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("folder for the demo's token: %w", err)
	}
	return filepath.Join(dir, "plume"), nil
}

// openDoor leaves the demo's address and token for plume fault: once under its port, and as the latest. It returns what takes them
// away again.
func openDoor(d *demo.Demo) (closeDoor func(), err error) {
	dir, err := doorFolder()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder for the demo's token: %w", err)
	}
	data, err := json.Marshal(demoDoor{d.URL(), d.Token()})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range []string{doorName(d.URL()), doorName("")} {
		name = filepath.Join(dir, name)
		if err := replaceFile(name, data); err != nil {
			return nil, fmt.Errorf("the demo's token: %w", err)
		}
		names = append(names, name)
	}
	return func() {
		for _, name := range names {
			if now, err := os.ReadFile(name); err == nil && string(now) == string(data) { // else another demo's
				_ = os.Remove(name)
			}
		}
	}, nil
}

// doorName is the file of the demo at an address, or of the one started last.
func doorName(site string) string {
	if u, err := url.Parse(site); err == nil && u.Port() != "" {
		return "demo-" + u.Port() + ".json"
	}
	return "demo.json"
}

// replaceFile writes a file that only its user can read, whole or not at all.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "demo-*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// findDemo reads what a demo has left: the one at site, or the one started last.
func findDemo(site string) (demoDoor, error) {
	var door demoDoor
	dir, err := doorFolder()
	if err != nil {
		return door, err
	}
	data, err := os.ReadFile(filepath.Join(dir, doorName(site)))
	if errors.Is(err, fs.ErrNotExist) {
		return door, withHint(errNoDemo, "start one with: plume demo")
	}
	if err == nil {
		err = json.Unmarshal(data, &door)
	}
	if err != nil {
		return door, fmt.Errorf("the demo's token: %w", err)
	}
	return door, nil
}
