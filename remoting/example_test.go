package remoting_test

import (
	"context"
	"fmt"
	"time"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// A server answers a code, and a client asks it.
func Example() {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	greet := func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		return protocol.NewResponse(protocol.Success, "hello "+string(rc.Request.Body)), nil
	}
	server.RegisterProcessor(protocol.HeartBeat, remoting.ProcessorFunc(greet), remoting.NewExecutor("greeting", 4, 1000))
	if err := server.Start(); err != nil {
		fmt.Println(err)
		return
	}
	client := remoting.NewClient(remoting.ClientConfig{})

	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	req := protocol.NewRequest(protocol.HeartBeat, nil)
	req.Body = []byte("world")
	resp, err := client.InvokeSync(ctx, server.Addr().String(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Remark)

	client.Shutdown()
	if err := server.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	// Output: hello world
}

// An asynchronous call returns at once; its callback runs when the response comes.
func ExampleClient_InvokeAsync() {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	if err := server.Start(); err != nil {
		fmt.Println(err)
		return
	}
	client := remoting.NewClient(remoting.ClientConfig{})
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	done := make(chan struct{})
	err := client.InvokeAsync(ctx, server.Addr().String(), protocol.NewRequest(protocol.PullMessage, nil),
		func(resp *protocol.RemotingCommand, err error) {
			defer close(done)
			if err == nil {
				fmt.Println(protocol.ResponseCode(resp.Code))
			}
		})
	if err == nil {
		<-done
	}
	client.Shutdown()
	_ = server.Shutdown(ctx)
	// Output: REQUEST_CODE_NOT_SUPPORTED
}

// A processor may answer later, without holding its worker.
func ExampleRequestContext_Suspend() {
	hold := func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		responder := rc.Suspend()
		go responder.Respond(protocol.NewResponse(protocol.PullNotFound, ""), nil) // when there is something to say
		return nil, nil
	}
	_ = remoting.ProcessorFunc(hold)
}
