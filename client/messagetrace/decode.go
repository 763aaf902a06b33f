package messagetrace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrMalformed says that a record has too few fields, or something else where a number should be.
var ErrMalformed = errors.New("malformed trace record")

// Decode reads the records of a trace message's body, those of older clients included. Types that it does not know are left out, as
// Apache's tools leave them out. A malformed record is left out too, and told by an ErrMalformed beside those that could be read.
// Time and memory are in proportion to the body.
//
// Java: client.trace.TraceDataEncoder#decoderFromTraceDataString (5.5.0), which gives up the whole body at a malformed record.
func Decode(body []byte) (records []Record, err error) {
	for number, rest := 1, string(body); rest != ""; number++ {
		var text string
		text, rest, _ = strings.Cut(rest, string(fieldSplitor))
		r, known, bad := decodeRecord(text)
		switch {
		case bad != nil && err == nil:
			err = fmt.Errorf("%w: number %d: %w", ErrMalformed, number, bad)
		case bad == nil && known:
			records = append(records, r)
		}
	}
	return records, err
}

// most is how many fields a record has at most that this package reads.
const most = 15

func decodeRecord(text string) (r Record, known bool, err error) {
	fields := strings.SplitN(text, string(contentSplitor), most+1)
	i := slices.Index(typeNames[:], fields[0])
	if i < 0 {
		return r, false, nil
	}
	r.Type = Type(i)
	in := reader{fields: fields[1:]}
	switch r.Type {
	case Pub:
		in.pub(&r)
	case SubBefore:
		r.Time, r.Region, r.Group, r.RequestID, r.MsgID = in.long(), in.text(), in.text(), in.text(), in.text()
		r.RetryTimes, r.Keys = in.integer(), in.nullable()
	case SubAfter:
		in.subAfter(&r)
	case EndTransaction:
		r.Time, r.Region, r.Group, r.Topic, r.MsgID = in.long(), in.text(), in.text(), in.text(), in.text()
		r.Tags, r.Keys, r.StoreHost, r.MessageType = in.nullable(), in.nullable(), in.text(), in.messageType()
		r.TransactionID, r.TransactionState, r.FromTransactionCheck = in.text(), in.text(), in.flag()
	case Recall:
		r.Time, r.Region, r.Group, r.Topic, r.MsgID, r.Success = in.long(), in.text(), in.text(), in.text(), in.text(), in.flag()
	}
	return r, true, in.err
}

// reader takes fields one by one and remembers the first that is not as it should be.
type reader struct {
	fields []string
	err    error
}

func (in *reader) pub(r *Record) {
	r.Time, r.Region, r.Group, r.Topic, r.MsgID = in.long(), in.text(), in.text(), in.text(), in.text()
	r.Tags, r.Keys, r.StoreHost, r.BodyLength = in.nullable(), in.nullable(), in.text(), in.integer()
	r.CostTime, r.MessageType, r.Success = in.integer(), in.messageType(), true
	if len(in.fields) > 1 { // clients before 4.4 do not say where the message was stored
		r.OffsetMsgID = in.nullable()
	}
	if len(in.fields) > 0 {
		r.Success = in.flag()
	}
	if len(in.fields) > 0 {
		r.ClientHost = in.text()
	}
}

func (in *reader) subAfter(r *Record) {
	r.RequestID, r.MsgID, r.CostTime, r.Success, r.Keys = in.text(), in.text(), in.integer(), in.flag(), in.nullable()
	if len(in.fields) > 0 {
		r.ContextCode = in.integer()
	}
	if len(in.fields) > 1 { // some clients leave these two out
		r.Time, r.Group = in.long(), in.text()
	}
}

func (in *reader) text() string {
	if len(in.fields) == 0 {
		in.fail(errors.New("too few fields"))
		return ""
	}
	s := in.fields[0]
	in.fields = in.fields[1:]
	return s
}

func (in *reader) nullable() string {
	s := in.text()
	if s == null {
		return ""
	}
	return s
}

func (in *reader) number(bits int) int64 {
	n, err := strconv.ParseInt(in.text(), 10, bits)
	if err != nil {
		in.fail(err)
	}
	return n
}

func (in *reader) long() int64 { return in.number(64) }

func (in *reader) integer() int32 { return int32(in.number(32)) }

func (in *reader) messageType() MessageType {
	n := in.integer()
	if n < 0 || int(n) >= len(messageTypeNames) {
		in.fail(fmt.Errorf("message type %d", n))
		return Normal
	}
	return MessageType(n)
}

// flag is true for "true" in any case, as Java reads it.
func (in *reader) flag() bool { return strings.EqualFold(in.text(), "true") }

func (in *reader) fail(err error) {
	if in.err == nil {
		in.err = err
	}
}
