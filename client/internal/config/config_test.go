package config_test

import (
	"strings"
	"testing"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestNamespace(t *testing.T) {
	c := config.Client{Namespace: "ns"}
	for bare, full := range map[string]string{
		"T": "ns%T", "%RETRY%g": "%RETRY%ns%g", "%DLQ%g": "%DLQ%ns%g", "TBW102": "TBW102", "rmq_sys_x": "rmq_sys_x",
	} {
		if got := c.WithNamespace(bare); got != full {
			t.Errorf("%s: %s, want %s", bare, got, full)
		}
		if got := c.WithNamespace(full); got != full {
			t.Errorf("%s: twice is %s", full, got)
		}
		if got := c.WithoutNamespace(full); got != bare {
			t.Errorf("%s: without is %s", full, got)
		}
	}
	none := config.Client{}
	if none.WithNamespace("T") != "T" || none.WithoutNamespace("ns%T") != "ns%T" {
		t.Error("no namespace must change nothing")
	}
}

func TestClientID(t *testing.T) {
	a, b := config.DefaultClient(), config.DefaultClient()
	a.Complete()
	b.Complete()
	if a.ClientID() == b.ClientID() || strings.Count(a.ClientID(), "@") != 1 {
		t.Errorf("%s, %s", a.ClientID(), b.ClientID())
	}
	c := config.Client{ClientIP: "10.0.0.1", InstanceName: "one", UnitName: "unit"}
	if got := c.ClientID(); got != "10.0.0.1@one@unit" {
		t.Error(got)
	}
}

// The program's own choice comes before the environment's, and that before the default.
func TestEncoding(t *testing.T) {
	asJSON := protocol.JSON
	for _, c := range []struct {
		set  *protocol.SerializeType
		env  string
		want protocol.SerializeType
	}{
		{nil, "", protocol.RocketMQ},
		{nil, "JSON", protocol.JSON},
		{nil, "ROCKETMQ", protocol.RocketMQ},
		{&asJSON, "ROCKETMQ", protocol.JSON},
	} {
		t.Setenv(protocol.SerializeTypeEnv, c.env)
		cfg := config.DefaultClient()
		cfg.Serialize = c.set
		if got, err := cfg.Encoding(); err != nil || got != c.want {
			t.Errorf("set %v, environment %q: %v, %v", c.set, c.env, got, err)
		}
	}
	t.Setenv(protocol.SerializeTypeEnv, "XML")
	cfg := config.DefaultClient()
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), protocol.SerializeTypeEnv) {
		t.Errorf("an encoding that nobody knows: %v", err)
	}
}

func TestDefaultsAreValid(t *testing.T) {
	p, c := config.DefaultProducer("g"), config.DefaultConsumer("g")
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}
