package remoting

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/plumemq/plume/remoting/protocol"
)

const (
	minReadBuffer = 8 << 10
	maxReadBuffer = 256 << 10
	lengthSize    = 4
	sharedFrames  = 4 << 10 // what frames that came together may share, in bytes: one that is kept for long keeps no more alive
)

// frameReader cuts a byte stream into frames. Its buffer grows when reads fill it, so that a busy connection needs few system
// calls and an idle one little memory. A frame larger than the buffer grows as its bytes arrive: a declared length allocates
// nothing.
//
//	+-------------+----------------------------------------+
//	| length (4)  | frame: length bytes, 1 .. 16,777,212   |
//	+-------------+----------------------------------------+
//
// Java: remoting.netty.NettyDecoder (5.5.0).
type frameReader struct {
	src        io.Reader
	buf        []byte
	start, end int    // the unread part of buf
	taken      []byte // a copy of the whole frames that come next in buf, which become the caller's; empty when none was made
	burst      int    // frames since the last read from src
	filled     func()
}

// newFrameReader reads from src and calls filled after every read that brought bytes.
func newFrameReader(src io.Reader, filled func()) *frameReader {
	return &frameReader{src: src, buf: make([]byte, minReadBuffer), filled: filled}
}

// next is the next frame without its length, in memory that is not used again. io.EOF means that the stream ended between frames.
// A length that is negative, zero or beyond protocol.MaxFrameLength wraps errFrameLength or errFrameTooLong.
func (r *frameReader) next() ([]byte, error) {
	for r.end-r.start < lengthSize {
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
	length := int(int32(binary.BigEndian.Uint32(r.buf[r.start:])))
	switch {
	case length <= 0:
		return nil, fmt.Errorf("%w: %d", errFrameLength, length)
	case length > protocol.MaxFrameLength-lengthSize:
		return nil, fmt.Errorf("%w: %d", errFrameTooLong, length)
	}
	r.skip(lengthSize)
	if length > len(r.buf) {
		return r.large(length)
	}
	for r.end-r.start < length {
		if err := r.fill(); err != nil {
			return nil, cutShort(err)
		}
	}
	if len(r.taken) == 0 {
		r.taken = bytes.Clone(r.buf[r.start : r.start+r.together(length)])
	}
	frame := r.taken[:length:length]
	r.burst++
	r.skip(length)
	return frame, nil
}

// another says whether the next frame has been read as a whole.
func (r *frameReader) another() bool {
	unread := r.end - r.start
	return unread > lengthSize && uint64(unread-lengthSize) >= uint64(binary.BigEndian.Uint32(r.buf[r.start:]))
}

// skip goes on behind n bytes.
func (r *frameReader) skip(n int) {
	r.start += n
	r.taken = r.taken[min(n, len(r.taken)):]
}

// together is the length of the frame of length bytes at start and of the whole ones behind it, up to sharedFrames.
func (r *frameReader) together(length int) int {
	for {
		next := length + lengthSize
		if r.end-r.start < next {
			return length
		}
		next += int(binary.BigEndian.Uint32(r.buf[r.start+length:]))
		if next > sharedFrames || r.end-r.start < next {
			return length
		}
		length = next
	}
}

// fill reads once more into buf, behind the unread part, which is at most one frame cut short.
func (r *frameReader) fill() error {
	size := len(r.buf)
	if r.end == size && size < maxReadBuffer { // the last read filled it: there is more than it holds
		size *= 2
	}
	into := r.buf
	if size > len(r.buf) {
		into = make([]byte, size)
	}
	r.end = copy(into, r.buf[r.start:r.end])
	r.start, r.buf = 0, into
	n, err := r.read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}

// read reads once from src.
func (r *frameReader) read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if n > 0 {
		r.burst = 0
		r.filled()
	}
	return n, err
}

// large reads a frame that does not fit buf, doubling its memory as bytes arrive.
func (r *frameReader) large(length int) ([]byte, error) {
	frame := make([]byte, min(length, 2*len(r.buf)))
	got := copy(frame, r.buf[r.start:r.end])
	r.start += got
	for got < length {
		if got == len(frame) {
			grown := make([]byte, min(length, 2*len(frame)))
			copy(grown, frame)
			frame = grown
		}
		n, err := r.read(frame[got:])
		got += n
		if n == 0 && err != nil {
			return nil, cutShort(err)
		}
	}
	return frame, nil
}

// cutShort tells an end within a frame from one between frames.
func cutShort(err error) error {
	if err == io.EOF { //nolint:errorlint // as io.ReadFull
		return io.ErrUnexpectedEOF
	}
	return err
}
