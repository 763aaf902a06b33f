package referee

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The pinned versions of Apache RocketMQ.
const (
	Apache550 = "5.5.0"
	Apache497 = "4.9.7"
)

// Apache is one installed version of Apache RocketMQ with the programs of test/interop/java compiled against it.
type Apache struct {
	Version string
	jars    string   // a folder of jars
	classes string   // a folder of our compiled programs
	jvm     []string // further arguments of every JVM
}

// Binary is this version with its clients and servers writing the ROCKETMQ header encoding instead of JSON.
func (a *Apache) Binary() *Apache {
	b := *a
	b.jvm = append(slices.Clone(a.jvm), "-Drocketmq.serialize.type=ROCKETMQ")
	return &b
}

// Install resolves a version's jars with Maven and compiles our programs against them. Both are kept in a cache folder
// ($PLUME_INTEROP_DIR, or plume-interop in the user's cache folder) under a name that holds the checksum of what they were
// made from, so it is done once. Concurrent callers are safe: each works in a folder of its own and the first one to
// finish gives it the name. The error is ErrNoJava where the tools are missing.
func Install(ctx context.Context, version string) (*Apache, error) {
	for _, tool := range []string{"java", "javac", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoJava, err)
		}
	}
	source, err := SourceDir("test", "interop", "java")
	if err != nil {
		return nil, err
	}
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	a := &Apache{Version: version}
	pom := filepath.Join(source, "pom.xml")
	if a.jars, err = once(cache, "jars-"+version, []string{pom}, func(dir string) error {
		return run(ctx, "mvn", "-q", "-B", "-f", pom, "-P", "apache-"+version, "dependency:copy-dependencies", "-DoutputDirectory="+dir)
	}); err != nil {
		return nil, err
	}
	sources, err := files(filepath.Join(source, "src"), filepath.Join(source, "src-"+version))
	if err != nil {
		return nil, err
	}
	resources, err := files(filepath.Join(source, "resources"))
	if err != nil {
		return nil, err
	}
	inputs := slices.Concat([]string{pom}, sources, resources)
	a.classes, err = once(cache, "classes-"+version, inputs, func(dir string) error {
		return a.compile(ctx, dir, source, sources)
	})
	return a, err
}

func (a *Apache) compile(ctx context.Context, dir, source string, sources []string) error {
	args := []string{"-nowarn", "-Xlint:none", "-proc:none", "-encoding", "UTF-8", "-d", dir, "-cp", filepath.Join(a.jars, "*")}
	if err := run(ctx, "javac", append(args, sources...)...); err != nil {
		return err
	}
	return os.CopyFS(dir, os.DirFS(filepath.Join(source, "resources")))
}

// files lists the files below some folders, those that exist.
func files(dirs ...string) ([]string, error) {
	var all []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				all = append(all, path)
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return all, nil
}

// once makes the folder cache/name-<checksum of inputs> by filling a temporary one, unless it is there.
func once(cache, name string, inputs []string, fill func(dir string) error) (string, error) {
	sum := sha256.New()
	for _, input := range inputs {
		text, err := os.ReadFile(input)
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	final := filepath.Join(cache, name+"-"+hex.EncodeToString(sum.Sum(nil)[:6]))
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	work, err := os.MkdirTemp(cache, ".making-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := fill(work); err != nil {
		return "", fmt.Errorf("make %s: %w", final, err)
	}
	if err := os.Rename(work, final); err != nil {
		if _, there := os.Stat(final); there != nil {
			return "", err
		}
	}
	return final, nil
}

func cacheDir() (string, error) {
	dir := os.Getenv("PLUME_INTEROP_DIR")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(base, "plume-interop")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// SourceDir is a folder of this repository, found upwards from the working directory.
func SourceDir(elem ...string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module github.com/plumemq/plume\n") {
			return filepath.Join(append([]string{dir}, elem...)...), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod of github.com/plumemq/plume above the working directory")
		}
		dir = parent
	}
}

// run runs a command to its end; the error holds the end of what it said.
func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, tail(string(out), 2000))
	}
	return nil
}

func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return "..." + s[len(s)-n:]
}
