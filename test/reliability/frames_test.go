package reliability

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/remoting/protocol"
)

// target is a server that gets bad input, and a connection that was there before and must not notice.
type target struct {
	name, addr string
	bystander  *reader
}

// newTargets starts a name server and a broker.
func newTargets(t *testing.T) (*testcluster.Cluster, []target) {
	t.Helper()
	c := testcluster.Start(t, testcluster.Config{})
	targets := []target{
		{"name server", c.NameServerAddr(), newReader(t, c.NameServerAddr())},
		{"broker", c.Brokers[0].Addr(), newReader(t, c.Brokers[0].Addr())},
	}
	for _, s := range targets {
		s.alive(t)
	}
	return c, targets
}

// alive asks the server something over the connection of the bystander.
func (s target) alive(t *testing.T) {
	t.Helper()
	code := protocol.GetNamesrvConfig
	if s.name == "broker" {
		code = protocol.GetBrokerConfig
	}
	s.bystander.must(t, code, nil, nil, nil)
}

// dial connects to the server for one test, within a deadline.
func (s target) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// refused sends bytes and wants the connection to be closed without an answer.
func (s target) refused(t *testing.T, data []byte) {
	t.Helper()
	conn := s.dial(t)
	_, _ = conn.Write(data) // may fail half way: the server need not read it all
	got, err := io.ReadAll(conn)
	if timeout := net.Error(nil); len(got) > 0 || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("got %d bytes, %v; the connection should have been closed", len(got), err)
	}
}

// framed puts a length before header and body. kind is the header's encoding, headerLength what the frame says of it.
func framed(kind byte, headerLength int, header, body []byte) []byte {
	frame := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)+len(body)))
	frame = binary.BigEndian.AppendUint32(frame, uint32(kind)<<24|uint32(headerLength))
	return append(append(frame, header...), body...)
}

func jsonFrame(header string) []byte { return framed(0, len(header), []byte(header), nil) }

// binaryHeader is a header whose parts have whatever lengths they claim.
func binaryHeader(remarkLength, extLength int32, ext []byte) []byte {
	header := make([]byte, 13, 64)
	header[1] = 105
	header = binary.BigEndian.AppendUint32(header, uint32(remarkLength))
	header = binary.BigEndian.AppendUint32(header, uint32(extLength))
	return append(header, ext...)
}

func binaryFrame(header []byte) []byte { return framed(1, len(header), header, nil) }

// field is an ext field of a binary header, with claimed lengths.
func field(keyLength int16, key string, valueLength int32, value string) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(keyLength))
	b = binary.BigEndian.AppendUint32(append(b, key...), uint32(valueLength))
	return append(b, value...)
}

// withLength is a length and what follows.
func withLength(length int64, rest ...byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(length)), rest...)
}

// malformedFrames are frames that break the format: what Apache's closes the connection for.
func malformedFrames() map[string][]byte {
	manyFields := `{"code":105,"extFields":{` + strings.Repeat(`"k":"v",`, 3) + manyKeys(100_000) + `}}`
	return map[string][]byte{
		"length 0":                      withLength(0),
		"length 3":                      withLength(3, 0, 0, 0),
		"length -1":                     withLength(-1),
		"length -2^31":                  withLength(-1 << 31),
		"length beyond the limit":       withLength(protocol.MaxFrameLength - 3),
		"length 2^31-1":                 withLength(1<<31 - 1),
		"header longer than the frame":  framed(0, 100, []byte(`{"code":105}`), nil),
		"header of 16 MiB in 12 bytes":  framed(0, 0xFFFFFF, []byte(`{"code":105}`), nil),
		"no header":                     framed(0, 0, nil, []byte("body")),
		"unknown encoding":              framed(7, 2, []byte("{}"), nil),
		"no JSON":                       jsonFrame("nope"),
		"JSON cut off":                  jsonFrame(`{"code":105,"extFields":{"topic":"T`),
		"JSON array":                    jsonFrame(`[1,2,3]`),
		"JSON of NULs":                  framed(0, 64, make([]byte, 64), nil),
		"code that is no number":        jsonFrame(`{"code":"x","opaque":1}`),
		"code beyond 32 bits":           jsonFrame(`{"code":99999999999999999999,"opaque":1}`),
		"a tower of brackets":           jsonFrame(`{"code":105,"extFields":{"a":` + strings.Repeat("[", 100_000) + `}}`),
		"more ext fields than anybody":  jsonFrame(manyFields),
		"binary, 2 bytes":               binaryFrame([]byte{0, 0}),
		"binary, remark of -1":          binaryFrame(binaryHeader(-1, 0, nil)),
		"binary, remark of 2^31-1":      binaryFrame(binaryHeader(1<<31-1, 0, nil)),
		"binary, ext fields of -1":      binaryFrame(binaryHeader(0, -1, nil)),
		"binary, ext fields of 2^31-1":  binaryFrame(binaryHeader(0, 1<<31-1, nil)),
		"binary, key of -1":             binaryFrame(binaryHeader(0, 10, field(-1, "topi", 0, ""))),
		"binary, key of 32767":          binaryFrame(binaryHeader(0, 10, field(32767, "topi", 0, ""))),
		"binary, value of -1":           binaryFrame(binaryHeader(0, 11, field(5, "topic", -1, ""))),
		"binary, value of 2^31-1":       binaryFrame(binaryHeader(0, 12, field(5, "topic", 1<<31-1, "T"))),
		"binary, value longer than ext": binaryFrame(binaryHeader(0, 12, field(5, "topic", 2, "T"))),
		"a TLS hello":                   {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03},
		"an HTTP request":               []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":"v",`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

// A frame that breaks the format costs its connection, at once; nobody else notices.
func TestMalformedFrames(t *testing.T) {
	_, targets := newTargets(t)
	for _, s := range targets {
		for name, frame := range malformedFrames() {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				s.refused(t, frame)
				s.alive(t)
			})
		}
	}
}

// What comes before a bad frame on the same connection is answered.
func TestGoodFrameBeforeBadOne(t *testing.T) {
	_, targets := newTargets(t)
	for _, s := range targets {
		conn := s.dial(t)
		good := protocol.AppendFrame(nil, protocol.NewRequest(9999, nil))
		if _, err := conn.Write(good); err != nil {
			t.Fatal(err)
		}
		if resp := readResponse(t, conn); resp.Code != int32(protocol.RequestCodeNotSupported) {
			t.Errorf("%s: answered %v", s.name, protocol.ResponseCode(resp.Code))
		}
		if _, err := conn.Write(withLength(-5)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: the connection is still in use", s.name)
		}
	}
}

// readResponse reads one frame.
func readResponse(t *testing.T, conn net.Conn) *protocol.RemotingCommand {
	t.Helper()
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, binary.BigEndian.Uint32(length[:]))
	if _, err := io.ReadFull(conn, frame); err != nil {
		t.Fatal(err)
	}
	resp, err := protocol.DecodeFrame(frame)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
