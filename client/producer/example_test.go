package producer_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

func Example() {
	ctx := context.Background()
	p, err := producer.New("orders", client.WithNameServers("127.0.0.1:9876"), producer.WithRetryTimes(2))
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Start(ctx); err != nil {
		log.Fatal(err)
	}
	defer func() { _ = p.Shutdown(ctx) }()

	msg := message.New("TopicTest", []byte("hello"))
	msg.SetTags("TagA")
	msg.SetKeys("order-42")
	res, err := p.Send(ctx, msg)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Status, res.MsgID, res.MessageQueue, res.QueueOffset)
}

func ExampleProducer_Send_errors() {
	var p *producer.Producer // started
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()

	_, err := p.Send(ctx, message.New("TopicTest", []byte("hello")))
	var refused *protocol.ResponseError
	switch {
	case errors.Is(err, client.ErrTopicNotExist):
		fmt.Println("create the topic first")
	case errors.Is(err, remoting.ErrTimeout):
		fmt.Println("it may have been stored")
	case errors.Is(err, protocol.SystemBusy):
		fmt.Println("every broker tried is busy")
	case errors.As(err, &refused):
		fmt.Println("refused:", refused.Code, refused.Remark, refused.Addr)
	}
}

func ExampleProducer_SendAsync() {
	var p *producer.Producer // started
	p.SendAsync(context.Background(), message.New("TopicTest", []byte("hello")), func(res *producer.SendResult, err error) {
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(res.MsgID)
	})
}

func ExampleProducer_SendSelect() {
	var p *producer.Producer // started
	// All messages of one order go to one queue, so that they stay in order.
	_, err := p.SendSelect(context.Background(), message.New("TopicTest", []byte("paid")), producer.SelectByHash("order-42"))
	if err != nil {
		log.Print(err)
	}
}

func ExampleProducer_SendBatch() {
	var p *producer.Producer // started
	res, err := p.SendBatch(context.Background(), []*message.Message{
		message.New("TopicTest", []byte("one")),
		message.New("TopicTest", []byte("two")),
	})
	if err == nil {
		fmt.Println(res.MsgID) // two ids, with a comma between
	}
}

func ExampleSelectByHash() {
	queues := []message.MessageQueue{{BrokerName: "broker-a", QueueID: 0}, {BrokerName: "broker-a", QueueID: 1}, {BrokerName: "broker-b", QueueID: 0}}
	choose := producer.SelectByHash("order-42")
	first, again := choose(queues, nil), choose(queues, nil)
	fmt.Println(first == again)
	// Output: true
}
