package tracetest

// ColdSend is the first send of a process to a known topic, its consumption, and the broker's reput linked to it.
const ColdSend = `demo-producer | send TopicTest | producer | 0+7900 | rocketmq.step=producer.send code.function.name=github.com/plumemq/plume/internal/observ.(*Op).Start messaging.destination.name=TopicTest rocketmq.communication_mode=sync messaging.message.id=7F0000010001 rocketmq.attempts=1 #send
  demo-producer | tryToFindTopicPublishInfo | internal | 60+3100 | rocketmq.step=producer.tryToFindTopicPublishInfo rocketmq.route.cache=miss
    demo-producer | updateTopicRouteInfoFromNameServer | internal | 90+3040 | rocketmq.step=instance.updateTopicRouteInfoFromNameServer
      demo-producer | GET_ROUTEINFO_BY_TOPIC | client | 700+2300 | rocketmq.step=remoting.client.GET_ROUTEINFO_BY_TOPIC rpc.system.name=rocketmq rpc.method=GET_ROUTEINFO_BY_TOPIC network.peer.address=127.0.0.1 network.peer.port=9876 !responseTable.put@750 !flushed@820 !response@2950
        namesrv | GET_ROUTEINFO_BY_TOPIC | server | 1500+900 | rocketmq.step=remoting.server.GET_ROUTEINFO_BY_TOPIC rpc.method=GET_ROUTEINFO_BY_TOPIC
          namesrv | getRouteInfoByTopic | internal | 1560+760 | rocketmq.step=namesrv.getRouteInfoByTopic
            namesrv | pickupTopicRouteData | internal | 1600+90 | rocketmq.step=namesrv.pickupTopicRouteData
  demo-producer | selectOneMessageQueue | internal | 3190+20 | rocketmq.step=latency.selectOneMessageQueue messaging.destination.partition.id=3 rocketmq.broker.name=broker-a
  demo-producer | sendKernelImpl | internal | 3230+4600 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=0
    demo-producer | findBrokerAddressInPublish | internal | 3250+8 | rocketmq.step=instance.findBrokerAddressInPublish rocketmq.broker.name=broker-a server.address=127.0.0.1:10911
    demo-producer | sendMessageSync | internal | 3300+4500 | rocketmq.step=api.sendMessageSync
      demo-producer | invokeSync | internal | 3320+4300 | rocketmq.step=remoting.invokeSync
        demo-producer | getAndCreateChannel | internal | 3330+900 | rocketmq.step=remoting.getAndCreateChannel rocketmq.channel.reused=false rocketmq.channel.dial_ms=1
        demo-producer | SEND_MESSAGE_V2 | client | 4300+3200 | rocketmq.step=remoting.client.SEND_MESSAGE_V2 rpc.system.name=rocketmq rpc.method=SEND_MESSAGE_V2 network.peer.address=127.0.0.1 network.peer.port=10911 !responseTable.put@4320 !flushed@4400 !response@7450
          broker-a | SEND_MESSAGE_V2 | server | 4900+2100 | rocketmq.step=remoting.server.SEND_MESSAGE_V2 rpc.method=SEND_MESSAGE_V2 rocketmq.queue.wait_us=41 #server
            broker-a | processRequest | internal | 5000+1900 | rocketmq.step=broker.SendMessageProcessor.processRequest
              broker-a | sendMessage | internal | 5050+1800 | rocketmq.step=broker.SendMessageProcessor.sendMessage
                broker-a | DefaultMessageStore.asyncPutMessage | internal | 5100+1500 | rocketmq.step=store.asyncPutMessage
                  broker-a | CommitLog.asyncPutMessage | internal | 5150+1400 | rocketmq.step=commitlog.asyncPutMessage
                    broker-a | appendMessage | internal | 5200+900 | rocketmq.step=mappedfile.appendMessage
                    broker-a | handleDiskFlush | internal | 6120+300 | rocketmq.step=commitlog.handleDiskFlush
                    broker-a | handleHA | internal | 6430+20 | rocketmq.step=ha.handleHA
              broker-a | handlePutMessageResult | internal | 6870+20 | rocketmq.step=broker.handlePutMessageResult
    demo-producer | processSendResponse | internal | 7740+50 | rocketmq.step=api.processSendResponse
  demo-producer | updateFaultItem | internal | 7850+10 | rocketmq.step=latency.updateFaultItem
  demo-consumer | process TopicTest | consumer | 9100+700 | rocketmq.step=consumer.process messaging.consumer.group.name=demo-group ^#send

broker-a | ReputMessageService.doReput | internal | 6600+1500 | rocketmq.step=store.doReput ^#server
  broker-a | buildConsumeQueue | internal | 6650+300 | rocketmq.step=store.buildConsumeQueue
  broker-a | buildIndex | internal | 6960+200 | rocketmq.step=store.buildIndex
  broker-a | notifyMessageArriving | internal | 7200+100 | rocketmq.step=store.notifyMessageArriving
`

// WarmSend is a send whose route and connection are known.
const WarmSend = `demo-producer | send TopicTest | producer | 0+900 | rocketmq.step=producer.send messaging.destination.name=TopicTest rocketmq.communication_mode=sync
  demo-producer | tryToFindTopicPublishInfo | internal | 10+5 | rocketmq.step=producer.tryToFindTopicPublishInfo rocketmq.route.cache=hit
  demo-producer | sendKernelImpl | internal | 30+850 | rocketmq.step=producer.sendKernelImpl
`
