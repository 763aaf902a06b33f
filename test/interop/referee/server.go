package referee

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// readyWithin bounds a server's start on a slow machine.
const readyWithin = 60 * time.Second

// NameServer is a running name server.
type NameServer struct {
	*Process
	Addr string
	// Started is how long it took from its start to its first answer.
	Started time.Duration
}

// Broker is a running broker.
type Broker struct {
	*Process
	Addr string
	Name string
	// Started is how long it took from its start until the name server knew its topics.
	Started time.Duration
}

// BrokerConfig says which broker to start.
type BrokerConfig struct {
	Name       string // "broker-a" if empty
	NameServer string
	Store      string // storePathRootDir
	// Extra are further lines of broker.conf.
	Extra map[string]string
	// Flags are further arguments of a Plume broker.
	Flags []string
	// JVM replaces the small default heap of a Java broker.
	JVM []string
}

// write makes a broker.conf in dir and returns its path, the broker's name and its address.
func (c BrokerConfig) write(dir string) (path, name, addr string, err error) {
	port, err := freePorts(-2, 1)
	if err != nil {
		return "", "", "", err
	}
	name = c.Name
	if name == "" {
		name = "broker-a"
	}
	conf := map[string]string{
		"brokerClusterName": "DefaultCluster", "brokerName": name, "brokerId": "0", "brokerIP1": "127.0.0.1",
		"listenPort": strconv.Itoa(port), "namesrvAddr": c.NameServer,
		"storePathRootDir": c.Store, "storePathCommitLog": filepath.Join(c.Store, "commitlog"),
		"mappedFileSizeCommitLog": strconv.Itoa(64 << 20), "flushDiskType": "ASYNC_FLUSH", "diskMaxUsedSpaceRatio": "95",
		// A machine that is busy with something else is no reason to refuse messages.
		"waitTimeMillsInSendQueue": "30000", "osPageCacheBusyTimeOutMills": "30000",
	}
	for key, value := range c.Extra {
		conf[key] = value
	}
	path = filepath.Join(dir, name+".conf")
	return path, name, "127.0.0.1:" + strconv.Itoa(port), writeConf(path, conf)
}

func writeConf(path string, conf map[string]string) error {
	text := ""
	for key, value := range conf {
		text += fmt.Sprintf("%s=%s\n", key, filepath.ToSlash(value))
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// awaitNameServer waits until p answers at addr.
func awaitNameServer(p *Process, addr string, from time.Time) (*NameServer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	err := poll(ctx, p, func() error { return listening(addr) })
	if err != nil {
		p.Kill()
		return nil, err
	}
	return &NameServer{Process: p, Addr: addr, Started: time.Since(from)}, nil
}

// awaitBroker waits until p listens and the name server has a route for the topic of its name.
func awaitBroker(p *Process, c BrokerConfig, name, addr string, from time.Time) (*Broker, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	err := poll(ctx, p, func() error { return listening(addr) })
	if err == nil {
		err = poll(ctx, p, func() error { _, err := Route(c.NameServer, name); return err })
	}
	if err != nil {
		p.Kill()
		return nil, err
	}
	return &Broker{Process: p, Addr: addr, Name: name, Started: time.Since(from)}, nil
}
