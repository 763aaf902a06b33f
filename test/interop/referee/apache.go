package referee

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// smallHeap suits servers that a test starts; benchmarks give their own.
var smallHeap = []string{"-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}

// java is the spec of one of a version's main classes; dir holds its logs and its user.home.
func (a *Apache) java(name, dir string, jvm []string, mainClass string, args ...string) Spec {
	if jvm == nil {
		jvm = smallHeap
	}
	line := slices.Concat(jvm, a.jvm)
	line = append(line, "-Xshare:auto", "-Duser.home="+dir, "-Drocketmq.home.dir="+dir, "-Drocketmq.client.logRoot="+dir,
		"-Drocketmq.client.logUseSlf4j=true",
		"-Drocketmq.client.rebalance.waitInterval=1000", "-Djava.net.preferIPv4Stack=true",
		"--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/java.nio=ALL-UNNAMED",
		"--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
		"-cp", a.classes+string(filepath.ListSeparator)+filepath.Join(a.jars, "*"), mainClass)
	return Spec{Name: mainClass + " " + a.Version, Path: "java", Args: append(line, args...), Dir: dir,
		Env: []string{"ROCKETMQ_HOME=" + dir, "NAMESRV_ADDR="}}
}

// furnish puts into a server's or tool's home what 4.9.7 insists on: its logging configuration.
func (a *Apache) furnish(home string) error {
	quiet, err := os.ReadFile(filepath.Join(a.classes, "logback-test.xml"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(home, "conf"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"logback_namesrv.xml", "logback_broker.xml", "logback_tools.xml"} {
		if err := os.WriteFile(filepath.Join(home, "conf", name), quiet, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// StartNameServer starts Apache's name server; dir is its home.
func (a *Apache) StartNameServer(dir string) (*NameServer, error) {
	if err := a.furnish(dir); err != nil {
		return nil, err
	}
	port, err := freePorts()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "namesrv.conf")
	if err := writeConf(path, map[string]string{"listenPort": strconv.Itoa(port), "kvConfigPath": filepath.Join(dir, "kvConfig.json")}); err != nil {
		return nil, err
	}
	from := time.Now()
	p, err := Start(a.java("namesrv", dir, nil, "org.apache.rocketmq.namesrv.NamesrvStartup", "-c", path))
	if err != nil {
		return nil, err
	}
	return awaitNameServer(p, "127.0.0.1:"+strconv.Itoa(port), from)
}

// StartBroker starts Apache's broker; dir is its home, its store is the config's.
func (a *Apache) StartBroker(dir string, c BrokerConfig) (*Broker, error) {
	if err := a.furnish(dir); err != nil {
		return nil, err
	}
	// What a small broker on a shared machine does not need.
	extra := map[string]string{"timerWheelEnable": "false", "sendMessageThreadPoolNums": "4"}
	for key, value := range c.Extra {
		extra[key] = value
	}
	c.Extra = extra
	path, name, addr, err := c.write(dir)
	if err != nil {
		return nil, err
	}
	from := time.Now()
	p, err := Start(a.java("broker", dir, c.JVM, "org.apache.rocketmq.broker.BrokerStartup", "-c", path))
	if err != nil {
		return nil, err
	}
	return awaitBroker(p, c, name, addr, from)
}

// Program starts one of our client programs of test/interop/java.
func (a *Apache) Program(dir string, args ...string) (*Process, error) {
	return Start(a.java(args[0], dir, nil, "org.plumemq.interop.Main", args...))
}

// Class starts any main class of Apache's.
func (a *Apache) Class(dir string, jvm []string, mainClass string, args ...string) (*Process, error) {
	return Start(a.java(mainClass, dir, jvm, mainClass, args...))
}

// Admin runs an mqadmin command to its end and returns what it printed.
func (a *Apache) Admin(ctx context.Context, dir, nameServer string, args ...string) (string, error) {
	if err := a.furnish(dir); err != nil {
		return "", err
	}
	p, err := Start(a.java("mqadmin", dir, nil, "org.apache.rocketmq.tools.command.MQAdminStartup", append(args, "-n", nameServer)...))
	if err != nil {
		return "", err
	}
	_, err = p.Wait(ctx)
	return p.Output(), err
}
