package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/producer"
)

// One option serves both roles.
var (
	_ config.ProducerOption = client.Option{}
	_ config.ConsumerOption = client.Option{}
)

// An option of one role does not fit the other.
func TestRolesAreTyped(t *testing.T) {
	if _, fits := any(producer.WithRetryTimes(1)).(config.ConsumerOption); fits {
		t.Error("a producer's option would configure a consumer")
	}
}

func TestOptionsReachBothRoles(t *testing.T) {
	p, c := config.DefaultProducer("g"), config.DefaultConsumer("g")
	for _, o := range []client.Option{client.WithNamespace("ns"), client.WithInstanceName("one"), client.WithVIPChannel(true)} {
		o.ApplyProducer(&p)
		o.ApplyConsumer(&c)
	}
	if p.Namespace != "ns" || c.Namespace != "ns" || p.InstanceName != "one" || c.InstanceName != "one" || !p.VIPChannel || !c.VIPChannel {
		t.Errorf("%+v, %+v", p.Client, c.Client)
	}
}

func TestCredentialsDoNotPrintTheirSecrets(t *testing.T) {
	cr := client.Credentials{AccessKey: "key", SecretKey: "hush", SecurityToken: "hush"}
	if text := fmt.Sprintf("%v %+v %#v %s", cr, cr, cr, cr); strings.Contains(text, "hush") {
		t.Error(text)
	}
}
