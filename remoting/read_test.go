package remoting

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"testing/iotest"

	"github.com/plumemq/plume/remoting/protocol"
)

// FuzzFrameReader: whatever comes, the frames that the reader returns are those that the lengths say, and it ends with an error.
func FuzzFrameReader(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9}, false)
	f.Add([]byte{0, 0, 0, 0}, true)
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 1}, false)
	f.Add(append([]byte{0, 0, 0x50, 0}, make([]byte, 0x5000)...), true)
	f.Fuzz(func(t *testing.T, stream []byte, byByte bool) {
		var src io.Reader = bytes.NewReader(stream)
		if byByte {
			src = iotest.OneByteReader(src)
		}
		r := newFrameReader(src, func() {})
		rest := stream
		for {
			frame, err := r.next()
			if err != nil {
				return
			}
			n := int(binary.BigEndian.Uint32(rest))
			if len(frame) != n || n == 0 || n > protocol.MaxFrameLength-lengthSize || !bytes.Equal(frame, rest[lengthSize:lengthSize+n]) {
				t.Fatalf("frame of %d bytes, declared %d", len(frame), n)
			}
			rest = rest[lengthSize+n:]
		}
	})
}
