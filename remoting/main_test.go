package remoting_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const simAddr = "10.0.0.1:10911"

// world is a server and a client on a simulated network, in a bubble of synthetic time.
type world struct {
	*testing.T
	net    *network.Sim
	server *remoting.Server
	client *remoting.Client
}

// inWorld runs f in a world whose server has been set up but not started; f starts it. It checks that all goroutines end.
func inWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		w := &world{
			T: t, net: sim,
			server: remoting.NewServer(remoting.ServerConfig{Addr: simAddr, Network: sim}),
			client: remoting.NewClient(remoting.ClientConfig{Network: sim}),
		}
		f(w)
		w.client.Shutdown()
		w.shutdownServer(time.Minute)
	})
}

// start starts the server with p for every code.
func (w *world) start(p remoting.ProcessorFunc) {
	w.Helper()
	w.server.RegisterDefaultProcessor(p, nil)
	if err := w.server.Start(); err != nil {
		w.Fatal(err)
	}
}

func (w *world) shutdownServer(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return w.server.Shutdown(ctx)
}

// call is InvokeSync with a timeout.
func (w *world) call(addr string, req *protocol.RemotingCommand, timeout time.Duration) (*protocol.RemotingCommand, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return w.client.InvokeSync(ctx, addr, req)
}

// echo answers with the request's body and remark.
func echo(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	resp := protocol.NewResponse(protocol.Success, rc.Request.Remark)
	resp.Body = rc.Request.Body
	return resp, nil
}

// after answers like echo, but late.
func after(d time.Duration) remoting.ProcessorFunc {
	return func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		time.Sleep(d)
		return echo(ctx, rc)
	}
}

func request(body string) *protocol.RemotingCommand {
	req := protocol.NewRequest(protocol.HeartBeat, nil)
	req.Body = []byte(body)
	return req
}

// readFrame is the next command that comes over conn.
func readFrame(t *testing.T, conn net.Conn) *protocol.RemotingCommand {
	t.Helper()
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, binary.BigEndian.Uint32(length[:]))
	if _, err := io.ReadFull(conn, frame); err != nil {
		t.Fatal(err)
	}
	cmd, err := protocol.DecodeFrame(frame)
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}
