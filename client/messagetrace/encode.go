package messagetrace

import (
	"strconv"
	"strings"
)

const (
	contentSplitor = '\x01' // between a record's fields
	fieldSplitor   = '\x02' // behind each record
	null           = "null" // what Java writes for tags and keys that a message has not got
)

// AppendTo appends the record as Apache's 5.5.0 client writes it, the separator behind it included. Java's readers trip over an empty
// last field, so that missing tags and keys are written as "null", as Java writes them. A separator within a value becomes a
// space.
//
// Java: client.trace.TraceDataEncoder#encoderFromContextBean (5.5.0).
func (r *Record) AppendTo(dst []byte) []byte {
	w := writer{dst}
	w.buf = append(w.buf, r.Type.String()...)
	switch r.Type {
	case Pub:
		w.pub(r)
	case SubBefore:
		w.number(r.Time).text(r.Region).text(r.Group).text(r.RequestID).text(r.MsgID).number(int64(r.RetryTimes)).nullable(r.Keys)
	case SubAfter:
		w.text(r.RequestID).text(r.MsgID).number(int64(r.CostTime)).flag(r.Success).nullable(r.Keys).
			number(int64(r.ContextCode)).number(r.Time).text(r.Group)
	case EndTransaction:
		w.number(r.Time).text(r.Region).text(r.Group).text(r.Topic).text(r.MsgID).nullable(r.Tags).nullable(r.Keys).text(r.StoreHost).
			number(int64(r.MessageType)).text(r.TransactionID).text(r.TransactionState).flag(r.FromTransactionCheck)
	case Recall:
		w.number(r.Time).text(r.Region).text(r.Group).text(r.Topic).text(r.MsgID).flag(r.Success)
	}
	return append(w.buf, fieldSplitor)
}

// writer appends fields, each behind a separator.
type writer struct{ buf []byte }

func (w *writer) pub(r *Record) {
	w.number(r.Time).text(r.Region).text(r.Group).text(r.Topic).text(r.MsgID).nullable(r.Tags).nullable(r.Keys).text(r.StoreHost).
		number(int64(r.BodyLength)).number(int64(r.CostTime)).number(int64(r.MessageType)).text(r.OffsetMsgID).flag(r.Success)
	if r.ClientHost != "" {
		w.text(r.ClientHost)
	}
}

func (w *writer) text(s string) *writer {
	w.buf = append(w.buf, contentSplitor)
	if strings.IndexByte(s, contentSplitor) >= 0 || strings.IndexByte(s, fieldSplitor) >= 0 {
		s = strings.NewReplacer(string(contentSplitor), " ", string(fieldSplitor), " ").Replace(s)
	}
	w.buf = append(w.buf, s...)
	return w
}

func (w *writer) nullable(s string) *writer {
	if s == "" {
		s = null
	}
	return w.text(s)
}

func (w *writer) number(n int64) *writer {
	w.buf = strconv.AppendInt(append(w.buf, contentSplitor), n, 10)
	return w
}

func (w *writer) flag(b bool) *writer {
	w.buf = strconv.AppendBool(append(w.buf, contentSplitor), b)
	return w
}
