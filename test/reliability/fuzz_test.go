package reliability

import (
	"errors"
	"path"
	"testing"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// FuzzConfigFile puts anything into one of the broker's config files. The broker starts, or refuses because the file is unreadable.
func FuzzConfigFile(f *testing.F) {
	files := []string{"topics.json", "subscriptionGroup.json", "consumerOffset.json", "delayOffset.json"}
	for i, text := range []string{
		`{"topicConfigTable":{"T":{"topicName":"T","readQueueNums":4,"writeQueueNums":4,"perm":6}},"dataVersion":{"counter":1}}`,
		`{"subscriptionGroupTable":{"g":{"groupName":"g","retryQueueNums":1}},"dataVersion":null}`,
		`{"offsetTable":{"T@g":{0:5,1:9223372036854775807}}}`,
		`{"offsetTable":{1:3,"2":-4}}`,
	} {
		f.Add(uint8(i), []byte(text))
		f.Add(uint8(i), []byte(text[:len(text)/2]))
	}
	f.Fuzz(func(t *testing.T, file uint8, data []byte) {
		const root = "/store"
		d := simdisk.New(1)
		name := path.Join(root, "config", files[int(file)%len(files)])
		if err := errors.Join(d.MkdirAll(path.Dir(name)), disk.WriteFile(d, name, data)); err != nil {
			t.Fatal(err)
		}
		b, err := tryLocal(t, brokerConfig(childSpec{Store: root}), broker.Deps{Disk: d})
		if err != nil {
			if !errors.Is(err, configfile.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if err := shutdown(b); err != nil {
			t.Fatal(err)
		}
		goleak.VerifyNone(t, goleak.IgnoreCurrent())
	})
}

// FuzzRequest sends anything that is a frame to a broker: it answers, and goes on.
func FuzzRequest(f *testing.F) {
	f.Add(int32(protocol.SendMessageV2), "a=g&b=T&c=TBW102&d=4&e=0&f=0&g=1&h=0&i=", []byte("body"))
	f.Add(int32(protocol.PullMessage), "consumerGroup=g&topic=TBW102&queueId=0&queueOffset=0&maxMsgNums=1&sysFlag=4&subVersion=1", []byte(nil))
	f.Add(int32(protocol.HeartBeat), "", []byte(`{"clientID":"c","consumerDataSet":[{"groupName":"g"}]}`))
	f.Add(int32(protocol.UpdateConsumerOffset), "consumerGroup=g&topic=TBW102&queueId=0&commitOffset=7", []byte(nil))
	cfg := brokerConfig(childSpec{Store: "/store"})
	b, err := broker.New(cfg, broker.Deps{Disk: simdisk.New(1)})
	if err == nil {
		err = b.Start(f.Context())
	}
	if err != nil {
		f.Fatal(err)
	}
	rc := remoting.NewClient(remoting.ClientConfig{})
	f.Cleanup(func() {
		rc.Shutdown()
		if err := shutdown(b); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, code int32, fields string, body []byte) {
		r := reader{rc, b.Addr().String()}
		req := protocol.NewRequest(protocol.RequestCode(code), nil)
		req.ExtFields, req.Body = fieldsOf(fields), body
		if req.ExtFields.Get("suspendTimeoutMillis") != "" {
			t.Skip("would wait")
		}
		resp, err := r.ask(req)
		if err != nil {
			t.Fatal(err)
		}
		sober(t, protocol.RequestCode(code), resp)
	})
}

// fieldsOf reads "key=value&key=value".
func fieldsOf(text string) (fields protocol.ExtFields) {
	key, start, value := "", 0, false
	for i := range len(text) + 1 {
		switch {
		case i < len(text) && text[i] == '=' && !value:
			key, start, value = text[start:i], i+1, true
		case i == len(text) || text[i] == '&':
			if value && key != "" {
				fields.Set(key, text[start:i])
			}
			start, value = i+1, false
		}
	}
	return fields
}
