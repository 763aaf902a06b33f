package broker

import (
	"fmt"
	"strconv"

	"github.com/plumemq/plume/remoting"
)

// versionDesc is the version that mqadmin prints. Java: MQVersion#getVersionDesc.
const versionDesc = "V5_5_0"

// RuntimeInfo is how the broker is doing, under the keys that mqadmin's clusterList and brokerStatus read.
//
// Java: AdminBrokerProcessor#prepareRuntimeInfo (5.5.0).
func (v adminView) RuntimeInfo() map[string]string {
	b := v.Broker
	info := map[string]string{
		"brokerVersionDesc":               versionDesc,
		"brokerVersion":                   "513",
		"brokerActive":                    strconv.FormatBool(b.Fatal() == nil),
		"bootTimestamp":                   strconv.FormatInt(b.started.UnixMilli(), 10),
		"runtime":                         b.uptime(),
		"startAcceptSendRequestTimeStamp": strconv.FormatInt(b.cfg.StartAcceptSendRequestTimestamp, 10),
		"pageCacheLockTimeMills":          "0",
		"timerReadBehind":                 "0",
		"timerOffsetBehind":               "0",
		"timerCongestNum":                 "0",
		"timerEnqueueTps":                 "0.0",
		"timerDequeueTps":                 "0.0",
		"remainTransientStoreBufferNumbs": "2147483647",
	}
	b.storeInfo(info)
	b.statsInfo(info)
	queueInfo(info, "send", b.pools.send)
	queueInfo(info, "pull", b.pools.pull)
	queueInfo(info, "litePull", b.pools.litePull)
	queueInfo(info, "query", b.pools.query)
	info["ackThreadPoolQueueSize"], info["ackThreadPoolQueueCapacity"], info["ackThreadPoolQueueHeadWaitTimeMills"] = "0", "0", "0"
	b.schedule.RunningStats(info)
	return info
}

func (b *Broker) uptime() string {
	s := int64(b.deps.Clock.Now().Sub(b.started).Seconds())
	return fmt.Sprintf("[ %d days, %d hours, %d minutes, %d seconds ]", s/86400, s/3600%24, s/60%60, s%60)
}

func (b *Broker) storeInfo(info map[string]string) {
	if used, err := b.store.DiskUsedRatio(); err == nil {
		ratio := strconv.FormatFloat(used, 'f', -1, 64)
		info["commitLogDiskRatio"], info["consumeQueueDiskRatio"] = ratio, ratio
	}
	for key, n := range map[string]int64{
		"commitLogMinOffset": b.store.MinPhyOffset(), "commitLogMaxOffset": b.store.MaxPhyOffset(),
		"dispatchBehindBytes": b.store.DispatchBehindBytes(), "earliestMessageTimeStamp": b.earliestMessage(),
	} {
		info[key] = strconv.FormatInt(n, 10)
	}
	info["remainHowManyDataToFlush"] = readableBytes(b.store.FlushBehindBytes())
	info["commitLogDirCapacity"] = "Total : unknown, Free : unknown."
}

// earliestMessage is the store time of the first message that is still there, -1 without one.
func (b *Broker) earliestMessage() int64 {
	msg, err := b.store.LookMessageByOffset(b.store.MinPhyOffset())
	if err != nil || msg == nil {
		return -1
	}
	return msg.StoreTimestamp
}

// readableBytes is Java's rendering: "512 B", "1.5 KiB".
//
// Java: MixAll#humanReadableByteCount (5.5.0).
func readableBytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n)/unit, 0
	for value >= unit && prefix < 5 {
		value /= unit
		prefix++
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[prefix])
}

func (b *Broker) statsInfo(info map[string]string) {
	put := rates(b.stats.PutTPS)
	get := rates(b.stats.GetTPS)
	info["putTps"], info["getTransferredTps"], info["getTransferedTps"] = put, get, get
	info["getFoundTps"], info["getTotalTps"], info["getMissTps"] = get, get, rates(func(int) float64 { return 0 })
	putYesterday, putToday, getYesterday, getToday := b.stats.DayTotals()
	for key, n := range map[string]int64{
		"msgPutTotalYesterdayMorning": putYesterday, "msgPutTotalTodayMorning": putToday, "msgPutTotalTodayNow": b.stats.Put.Total(),
		"msgGetTotalYesterdayMorning": getYesterday, "msgGetTotalTodayMorning": getToday, "msgGetTotalTodayNow": b.stats.Get.Total(),
		"putMessageTimesTotal": b.stats.Put.Total(),
	} {
		info[key] = strconv.FormatInt(n, 10)
	}
}

// rates are those of the last 10, 59 and 59 seconds: this broker remembers one minute, Java ten.
func rates(tps func(seconds int) float64) string {
	return fmt.Sprintf("%.2f %.2f %.2f", tps(10), tps(59), tps(59))
}

func queueInfo(info map[string]string, name string, x *remoting.Executor) {
	info[name+"ThreadPoolQueueSize"] = strconv.Itoa(x.Len())
	info[name+"ThreadPoolQueueCapacity"] = strconv.Itoa(x.Capacity())
	info[name+"ThreadPoolQueueHeadWaitTimeMills"] = "0"
}
