package remoting_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// nameServers starts n servers that answer with their own addresses, and a client that knows them all.
func nameServers(t *testing.T, sim *network.Sim, n int) (client *remoting.Client, addrs []string, stop func(addr string)) {
	t.Helper()
	servers := map[string]*remoting.Server{}
	for i := range n {
		addr := fmt.Sprintf("10.0.0.%d:9876", i+1)
		server := remoting.NewServer(remoting.ServerConfig{Addr: addr, Network: sim})
		server.RegisterDefaultProcessor(remoting.ProcessorFunc(func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			return protocol.NewResponse(protocol.Success, addr), nil
		}), nil)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		servers[addr] = server
		addrs = append(addrs, addr)
	}
	client = remoting.NewClient(remoting.ClientConfig{Network: sim})
	client.UpdateNameServerAddressList(addrs)
	return client, addrs, func(addr string) { _ = servers[addr].Shutdown(context.Background()) }
}

// ask calls whichever name server, and returns its address.
func ask(t *testing.T, client *remoting.Client) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	resp, err := client.InvokeSync(ctx, "", protocol.NewRequest(protocol.GetRouteInfoByTopic, nil))
	if err != nil {
		t.Fatal(err)
	}
	return resp.Remark
}

func TestNameServerChoiceSticksUntilItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		client, addrs, stop := nameServers(t, sim, 3)
		first := ask(t, client)
		for range 10 {
			if again := ask(t, client); again != first {
				t.Fatalf("%s after %s", again, first)
			}
		}
		if client.ChosenNameServer() != first {
			t.Fatalf("chosen: %s", client.ChosenNameServer())
		}
		stop(first)
		synctest.Wait()
		second := ask(t, client)
		if second == first {
			t.Fatal("the dead one answered")
		}
		sim.SetFault(first, network.Fault{Blackhole: true})
		sim.Reset(second)
		synctest.Wait()
		sim.SetFault(second, network.Fault{Refuse: true})
		began := time.Now()
		third := ask(t, client)
		if third == first || third == second || time.Since(began) > 2*time.Second {
			t.Fatalf("%s after %v", third, time.Since(began))
		}
		client.Shutdown()
		for _, a := range addrs {
			stop(a)
		}
	})
}

func TestNoNameServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		client := remoting.NewClient(remoting.ClientConfig{Network: sim})
		req := protocol.NewRequest(protocol.GetRouteInfoByTopic, nil)
		if _, err := client.InvokeSync(context.Background(), "", req); !errors.Is(err, remoting.ErrConnect) {
			t.Fatalf("no addresses: %v", err)
		}
		client.UpdateNameServerAddressList([]string{"10.0.0.1:9876", "10.0.0.2:9876"})
		if _, err := client.InvokeSync(context.Background(), "", req); !errors.Is(err, remoting.ErrConnect) {
			t.Fatalf("nobody there: %v", err)
		}
		if sim.Dials("10.0.0.1:9876") != 1 || sim.Dials("10.0.0.2:9876") != 1 {
			t.Fatalf("dials: %d, %d", sim.Dials("10.0.0.1:9876"), sim.Dials("10.0.0.2:9876"))
		}
		client.Shutdown()
	})
}

func TestUpdateNameServerAddressList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		client, addrs, stop := nameServers(t, sim, 2)
		chosen := ask(t, client)
		other := addrs[0]
		if other == chosen {
			other = addrs[1]
		}
		client.UpdateNameServerAddressList([]string{addrs[1], addrs[0]})
		client.UpdateNameServerAddressList(nil)
		if got := ask(t, client); got != chosen {
			t.Fatalf("the same list changed the choice to %s", got)
		}
		client.UpdateNameServerAddressList([]string{other})
		if got := ask(t, client); got != other {
			t.Fatalf("%s is not in the list any more", got)
		}
		if got := client.NameServerAddressList(); len(got) != 1 || got[0] != other {
			t.Fatalf("%v", got)
		}
		client.Shutdown()
		for _, a := range addrs {
			stop(a)
		}
	})
}
