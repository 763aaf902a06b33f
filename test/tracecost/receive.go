package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	readBuffer = 256 << 10
	window     = 1 << 30                // how much may come before the receiver says that more may
	renewAt    = window >> 2            // when it says so
	noMessage  = "\x00\x00\x00\x00\x00" // gRPC's head of a message without bytes
)

var errPreface = errors.New("no HTTP/2")

// receiver is one connection of gRPC's to the receiver, served by one goroutine that looks at what comes where it lies.
type receiver struct {
	framer *http2.Framer
	spans  *atomic.Int64
	calls  map[uint32]*spanCounter // under way, by stream
	taken  uint32                  // bytes since the window was renewed

	block  bytes.Buffer // of headers, as fields writes them
	fields *hpack.Encoder
}

// receive answers every call with an empty message, which is OTLP's for success, and counts the spans of its request.
func receive(conn net.Conn, spans *atomic.Int64) error {
	in := bufio.NewReaderSize(conn, readBuffer)
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(in, preface); err != nil || string(preface) != http2.ClientPreface {
		return errors.Join(errPreface, err)
	}
	r := &receiver{framer: http2.NewFramer(conn, in), spans: spans, calls: map[uint32]*spanCounter{}}
	r.fields = hpack.NewEncoder(&r.block)
	r.framer.SetReuseFrames()
	if err := errors.Join(
		r.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}), r.framer.WriteWindowUpdate(0, window),
	); err != nil {
		return err
	}
	for {
		frame, err := r.framer.ReadFrame()
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return nil // the sender is gone
		}
		if err == nil {
			err = r.take(frame)
		}
		if err != nil {
			return fmt.Errorf("after %d spans: %w", spans.Load(), err)
		}
	}
}

func (r *receiver) take(frame http2.Frame) error {
	id := frame.Header().StreamID
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			return r.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			return r.framer.WritePing(true, f.Data)
		}
	case *http2.HeadersFrame: // whatever they say
		r.calls[id] = newSpanCounter(r.spans)
	case *http2.RSTStreamFrame:
		delete(r.calls, id)
	case *http2.DataFrame:
		if call := r.calls[id]; call != nil {
			call.take(f.Data())
		}
		if err := r.renew(f.Length); err != nil || !f.StreamEnded() {
			return err
		}
		delete(r.calls, id)
		return r.answer(id)
	}
	return nil
}

// renew counts bytes that have come, and lets as many come again.
func (r *receiver) renew(n uint32) error {
	if r.taken += n; r.taken < renewAt {
		return nil
	}
	n, r.taken = r.taken, 0
	return r.framer.WriteWindowUpdate(0, n)
}

func (r *receiver) answer(id uint32) error {
	return errors.Join(
		r.headers(id, false, ":status", "200", "content-type", "application/grpc"),
		r.framer.WriteData(id, false, []byte(noMessage)),
		r.headers(id, true, "grpc-status", "0"),
	)
}

// headers writes names and values, one after the other.
func (r *receiver) headers(id uint32, last bool, fields ...string) error {
	r.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		if err := r.fields.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}); err != nil {
			return err
		}
	}
	return r.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.block.Bytes(), EndHeaders: true, EndStream: last})
}
