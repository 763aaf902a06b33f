package demo

import (
	"context"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/disk/faulty"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/site"
)

// faults are all that this demo can do, in the order of their buttons.
func (d *Demo) faults() []*fault {
	var all []*fault
	for _, group := range []struct {
		title  catalog.Text
		faults []*fault
	}{
		{catalog.Text{EN: "Brokers", ZH: "Broker 节点"}, d.brokerFaults()},
		{catalog.Text{EN: "Name server", ZH: "名称服务器"}, d.nameServerFaults()},
		{catalog.Text{EN: "Disk", ZH: "磁盘"}, d.diskFaults()},
		{catalog.Text{EN: "Network", ZH: "网络"}, d.networkFaults()},
		{catalog.Text{EN: "Consumer", ZH: "消费者"}, d.consumerFaults()},
	} {
		for _, f := range group.faults {
			f.Group = group.title
			if f.Lasts == 0 {
				f.Lasts = lasts
			}
			all = append(all, f)
		}
	}
	return all
}

func (d *Demo) brokerFaults() []*fault {
	return []*fault{
		{
			Fault: site.Fault{
				ID: "broker-kill", Page: "/walkthroughs/09-when-things-break#refused", Title: catalog.Text{EN: "Kill broker-a", ZH: "杀掉 broker-a"},
				What: catalog.Text{
					EN: "broker-a dies as by kill -9: no goodbye, nothing flushed, its port closed. When it heals it starts again and recovers its store.",
					ZH: "broker-a 像被 kill -9 一样死掉：不注销、不刷盘、端口关闭。恢复时重新启动，并从磁盘恢复存储。",
				},
				Look: catalog.Text{
					EN: "a send with two `sendKernelImpl`: the first, to broker-a, fails to connect; the second goes to broker-b and succeeds. Within half a minute the producer asks the name server again, and then nobody tries broker-a any more.",
					ZH: "一次发送里有两个 `sendKernelImpl`：第一个发往 broker-a，连接失败；第二个换到 broker-b，成功。半分钟内生产者会重新向名称服务器取路由，之后就不再尝试 broker-a。",
				},
			},
			parts: partBrokerA | partNamesrv, on: d.killBrokerA(), off: d.reviveBrokerA, mode: modeSync, promise: retried("connect"),
		},
		{
			Fault: site.Fault{
				ID: "broker-pause", Page: "/walkthroughs/09-when-things-break#vanished", Title: catalog.Text{EN: "Pause broker-a", ZH: "暂停 broker-a"},
				What: catalog.Text{
					EN: "broker-a stands still as after kill -STOP: the port is open and the connections stay, but nothing is read and nothing answered. When it heals it goes on with what has piled up.",
					ZH: "broker-a 像收到 kill -STOP 一样停住：端口还开着，连接也在，但既不读也不答。恢复后会接着处理积压的请求。",
				},
				Look: catalog.Text{
					EN: "an attempt at broker-a that ends by timeout after half of the send's five seconds, and a second one at broker-b. A timeout does not say that nothing was stored: when broker-a goes on, it may store the message too.",
					ZH: "发往 broker-a 的那次尝试用掉五秒期限的一半后超时，第二次尝试换到 broker-b。超时不等于没存：broker-a 恢复后可能又把这条消息存一遍。",
				},
			},
			parts: partBrokerA, on: d.pauseBrokerA(true), off: d.pauseBrokerA(false), mode: modeSync, promise: retried("timeout"),
		},
		{
			Fault: site.Fault{
				ID: "broker-restart", Page: "/walkthroughs/09-when-things-break#restart", Lasts: 6 * time.Second, Title: catalog.Text{EN: "Restart broker-a", ZH: "重启 broker-a"},
				What: catalog.Text{
					EN: "broker-a is shut down as an administrator would, stays away for a few seconds and starts again.",
					ZH: "像管理员那样正常关闭 broker-a，过几秒再启动。",
				},
				Look: catalog.Text{
					EN: "the goodbye: `broker.shutdown` asks the name server to forget the broker (UNREGISTER_BROKER) before anything is closed, and writes everything to disk. Compare it with a kill, which leaves both undone.",
					ZH: "告别的过程：`broker.shutdown` 先请名称服务器把自己注销（UNREGISTER_BROKER），再关连接、把数据写盘。和“杀掉 broker-a”对比：那里这两件事都没有。",
				},
			},
			parts: partBrokerA | partNamesrv, on: d.stopBrokerA, off: d.reviveBrokerA, promise: leftWell,
		},
		{
			Fault: site.Fault{
				ID: "queue-full", Page: "/walkthroughs/09-when-things-break#busy", Title: catalog.Text{EN: "Processor queue full", ZH: "处理队列满"},
				What: catalog.Text{
					EN: "The disk under broker-a hangs, so that its one send thread does, and requests fill the queue of 64 before it.",
					ZH: "broker-a 的磁盘挂住，唯一的发送线程卡住，它前面长度 64 的请求队列被填满。",
				},
				Look: catalog.Text{
					EN: "SYSTEM_BUSY at once from broker-a: the request is refused by the thread that read it, before any processor. The producer counts that as worth another try, and broker-b stores the message.",
					ZH: "broker-a 立刻答复 SYSTEM_BUSY：读请求的线程直接拒绝，根本没到处理器。生产者认为值得重试，于是 broker-b 存下了消息。",
				},
			},
			parts: partBrokerA, on: d.jamBrokerA, off: d.disks(faulty.Faults{}, 0), mode: modeSync, promise: retried("SYSTEM_BUSY"),
		},
	}
}

func (d *Demo) nameServerFaults() []*fault {
	return []*fault{
		{
			Fault: site.Fault{
				ID: "namesrv-down", Page: "/walkthroughs/09-when-things-break#nameserver", Title: catalog.Text{EN: "Name server down", ZH: "名称服务器宕机"},
				What: catalog.Text{
					EN: "The only name server dies. When it heals it starts with empty tables, which the brokers fill again as they register.",
					ZH: "唯一的名称服务器死掉。恢复时它的表是空的，等 broker 重新注册后才填满。",
				},
				Look: catalog.Text{
					EN: "nothing! A warm send does not ask anybody: its route is in the producer's table, and the message arrives. Only a topic that is not in the table fails: try “Unknown topic”.",
					ZH: "什么都没有！路由已在生产者的表里，热发送不用问任何人，消息照样送达。只有表里没有的主题会失败：试试“未知主题”。",
				},
			},
			parts: partNamesrv, on: d.killNameServer, off: d.reviveNameServer, mode: modeSync, promise: warm,
		},
		{
			Fault: site.Fault{
				ID: "namesrv-stale", Page: "/walkthroughs/04-routes#scanNotActiveBroker", Title: catalog.Text{EN: "Stale route", ZH: "路由过期"},
				What: catalog.Text{
					EN: "broker-a is gone, but the name server has not heard of it, as when a machine loses power: it would forget the broker after two minutes of silence.",
					ZH: "broker-a 已经不在了，但名称服务器不知道，就像机器突然断电：要静默两分钟，它才会把这个 broker 摘掉。",
				},
				Look: catalog.Text{
					EN: "the name server is asked and answers in good faith, with broker-a in the route; the first attempt goes there and cannot connect, the second finds broker-b. The name server never checks: a route is what brokers last said.",
					ZH: "问了名称服务器，它如实回答，路由里还有 broker-a；第一次尝试连不上，第二次找到 broker-b。名称服务器从不主动探测：路由只是 broker 最后一次报告的内容。",
				},
			},
			parts: partBrokerA | partNamesrv, mode: modeNewTopic, promise: stale,
			on:  func(ctx context.Context) error { return d.killBrokerA(d.namesrv.address())(ctx) },
			off: d.reviveBrokerA,
		},
		{
			Fault: site.Fault{
				ID: "no-route", Page: "/walkthroughs/09-when-things-break#nameserver-cold", Title: catalog.Text{EN: "No route", ZH: "没有路由"},
				What: catalog.Text{
					EN: "The name server refuses every question for a route, as one does that has just started and waits for its brokers (needWaitForService).",
					ZH: "名称服务器拒绝一切路由查询，就像刚启动、还在等 broker 注册时那样（needWaitForService）。",
				},
				Look: catalog.Text{
					EN: "a send to an unknown topic that fails before any broker is tried: the question for the route is answered with SYSTEM_ERROR, and there is no `sendKernelImpl`. Warm sends go on.",
					ZH: "发往未知主题的消息还没碰到任何 broker 就失败了：路由查询得到 SYSTEM_ERROR，trace 里没有 `sendKernelImpl`。热发送不受影响。",
				},
			},
			parts: partNamesrv, on: d.refuseRoutes(true), off: d.refuseRoutes(false), mode: modeNewTopic, promise: routeless,
		},
	}
}

func (d *Demo) diskFaults() []*fault {
	return []*fault{
		{
			Fault: site.Fault{
				ID: "disk-slow", Page: "/walkthroughs/09-when-things-break#slow", Title: catalog.Text{EN: "Slow disk", ZH: "磁盘变慢"},
				What: catalog.Text{
					EN: "Every write and every fsync of both brokers takes 300 ms longer.",
					ZH: "两个 broker 的每次写入和每次 fsync 都多花 300 毫秒。",
				},
				Look: catalog.Text{
					EN: "`appendMessage` takes 300 ms and everything above it waits for it. `handleDiskFlush` stays short: flushing is asynchronous here, and no sender waits for an fsync.",
					ZH: "`appendMessage` 要 300 毫秒，它上面的每一层都在等它。`handleDiskFlush` 仍然很短：这里是异步刷盘，没有发送者等 fsync。",
				},
			},
			parts: partBrokerA | partBrokerB, mode: modeSync, promise: slowStep("mappedfile.appendMessage", slowWrite),
			on: d.disks(faulty.Faults{Delay: slowWrite}, 0, 1), off: d.disks(faulty.Faults{}, 0, 1),
		},
		{
			Fault: site.Fault{
				ID: "disk-full", Page: "/walkthroughs/09-when-things-break#full", Title: catalog.Text{EN: "Disk full", ZH: "磁盘写满"},
				What: catalog.Text{
					EN: "The disk of broker-a is 97 % full and takes nothing more. Above 90 % a broker refuses to store, before the disk does; it still serves reads.",
					ZH: "broker-a 的磁盘用到 97%，再也写不进去。超过 90% 时 broker 自己先拒绝写入，读取照常。",
				},
				Look: catalog.Text{
					EN: "SERVICE_NOT_AVAILABLE from broker-a, and a second attempt that broker-b stores. The refusal names how full the disk is.",
					ZH: "broker-a 答复 SERVICE_NOT_AVAILABLE，第二次尝试由 broker-b 存下。拒绝的理由里写着磁盘用量。",
				},
			},
			parts: partBrokerA, mode: modeSync, promise: retried("SERVICE_NOT_AVAILABLE"),
			on: d.disks(faulty.Faults{Full: true}, 0), off: d.disks(faulty.Faults{}, 0),
		},
	}
}

func (d *Demo) networkFaults() []*fault {
	return []*fault{
		{
			Fault: site.Fault{
				ID: "net-delay", Page: "/walkthroughs/09-when-things-break#far", Title: catalog.Text{EN: "Network delay", ZH: "网络延迟"},
				What: catalog.Text{
					EN: "Between the producer and both brokers every byte takes 200 ms longer, each way.",
					ZH: "生产者和两个 broker 之间，每个方向都多 200 毫秒延迟。",
				},
				Look: catalog.Text{
					EN: "the client's bar of SEND_MESSAGE_V2 takes 400 ms while the broker's inside it is as short as ever: the gap before and after it is the wire.",
					ZH: "客户端的 SEND_MESSAGE_V2 要 400 毫秒，而里面 broker 的那条和平时一样短：前后的空白就是网络。",
				},
			},
			parts: partWire, mode: modeSync, promise: slowWire(wireDelay),
			on: d.wireTo(network.Fault{Delay: wireDelay}, 0, 1), off: d.wireTo(network.Fault{}, 0, 1),
		},
		{
			Fault: site.Fault{
				ID: "net-reset", Page: "/walkthroughs/09-when-things-break#killed", Title: catalog.Text{EN: "Connections reset", ZH: "连接被重置"},
				What: catalog.Text{
					EN: "Every connection from the producer to broker-a is reset as soon as something is written to it.",
					ZH: "生产者到 broker-a 的连接，一写就被重置（RST）。",
				},
				Look: catalog.Text{
					EN: "an attempt that fails at once with send_request: the waiting call was woken by the end of its connection, long before its deadline. The second attempt goes to broker-b.",
					ZH: "一次尝试立刻以 send_request 失败：连接一断，等待中的调用就被唤醒，不必等到期限。第二次尝试换到 broker-b。",
				},
			},
			parts: partWire, mode: modeSync, promise: retried("send_request"),
			on: d.wireTo(network.Fault{Reset: true}, 0), off: d.wireTo(network.Fault{}, 0),
		},
		{
			Fault: site.Fault{
				ID: "net-blackhole", Page: "/walkthroughs/09-when-things-break#vanished", Title: catalog.Text{EN: "Network blackhole", ZH: "网络黑洞"},
				What: catalog.Text{
					EN: "Between the producer and both brokers every packet vanishes, and no error tells of it.",
					ZH: "生产者和两个 broker 之间的包全部消失，也没有任何错误提示。",
				},
				Look: catalog.Text{
					EN: "three attempts, each with half of the time that is left, and an end at the deadline of five seconds with timeout: a call never hangs for longer than it was given.",
					ZH: "三次尝试，每次用剩余时间的一半，到五秒期限时以 timeout 结束：调用绝不会挂得比给它的时间更久。",
				},
			},
			parts: partWire, mode: modeSync, promise: timedOut,
			on: d.wireTo(network.Fault{Blackhole: true}, 0, 1), off: d.wireTo(network.Fault{}, 0, 1),
		},
	}
}

func (d *Demo) consumerFaults() []*fault {
	return []*fault{
		{
			Fault: site.Fault{
				ID: "consumer-slow", Page: "/walkthroughs/08-consuming#process", Title: catalog.Text{EN: "Slow consumer", ZH: "消费变慢"},
				What: catalog.Text{
					EN: "The consumer's handler takes a second and a half for each message; four run at once.",
					ZH: "消费者的处理函数每条消息要 1.5 秒，同时最多跑四个。",
				},
				Look: catalog.Text{
					EN: "`consumeMessage` of 1.5 s, long after the send has returned: the producer feels nothing. With load, `rocketmq.queue.wait_ms` on `process` grows as messages wait for a free handler.",
					ZH: "`consumeMessage` 要 1.5 秒，而发送早就返回了：生产者毫无感觉。加上压力后，`process` 上的 `rocketmq.queue.wait_ms` 会越来越大，消息在等空闲的处理线程。",
				},
			},
			parts: partConsumer, mode: modeSync, takes: 8 * time.Second, promise: slowStep("consumer.consumeMessage", slowHandler),
			on: d.consumes(slowHandler, false), off: d.consumes(usual, false),
		},
		{
			Fault: site.Fault{
				ID: "consumer-fail", Page: "/walkthroughs/08-consuming#sendMessageBack", Title: catalog.Text{EN: "Failing consumer", ZH: "消费失败"},
				What: catalog.Text{
					EN: "The consumer's handler fails. Its group allows one retry, so that what fails twice becomes a dead letter.",
					ZH: "消费者的处理函数返回失败。消费组只允许重试一次，失败两次的消息进入死信队列。",
				},
				Look: catalog.Text{
					EN: "`process` fails and the message goes back to the broker (CONSUMER_SEND_MSG_BACK), into the retry topic. Stay on the page: ten seconds later a second `process` appears in the same trace, and after it the event `message.dead_letter`.",
					ZH: "`process` 失败，消息被送回 broker（CONSUMER_SEND_MSG_BACK），进入重试主题。别离开页面：十秒后同一条 trace 里会出现第二个 `process`，随后是事件 `message.dead_letter`。",
				},
			},
			parts: partConsumer, mode: modeSync, takes: 8 * time.Second, promise: sentBack,
			on: d.consumes(usual, true), off: d.consumes(usual, false),
		},
	}
}
