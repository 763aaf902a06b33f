package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression is how bodies are compressed: the bits of SysFlag that say so.
//
// Java: common.compression.CompressionType (5.5.0).
type Compression SysFlag

// The compressions. Peers before 5.x only know Zlib.
const (
	LZ4  = Compression(FlagCompressionTypeLZ4)
	Zstd = Compression(FlagCompressionTypeZstd)
	Zlib = Compression(FlagCompressionTypeZlib)
)

// DefaultCompressLevel is the level that Apache's producers compress with.
const DefaultCompressLevel = 5

// Flags are the bits that a message compressed so has.
func (c Compression) Flags() SysFlag { return FlagCompressed | SysFlag(c) }

// String is Java's name for it.
func (c Compression) String() string {
	switch c {
	case LZ4:
		return "LZ4"
	case Zstd:
		return "ZSTD"
	case Zlib:
		return "ZLIB"
	}
	return fmt.Sprintf("Compression(%#x)", int32(c))
}

// Compress is body compressed, at a level from 1 (fast) to 9 (small); LZ4 has no levels. Safe for concurrent use.
//
// Java: common.compression.Compressor#compress (5.5.0).
func (c Compression) Compress(body []byte, level int) ([]byte, error) {
	var out bytes.Buffer
	w, err := c.writer(&out, level)
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", c, err)
	}
	if _, err = w.Write(body); err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", c, err)
	}
	return out.Bytes(), nil
}

func (c Compression) writer(out io.Writer, level int) (io.WriteCloser, error) {
	switch c {
	case LZ4:
		return lz4.NewWriter(out), nil
	case Zstd:
		return zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)), zstd.WithEncoderConcurrency(1))
	case Zlib:
		return zlib.NewWriterLevel(out, level)
	}
	return nil, ErrUnknownCompression
}

// Decompress is what body was before it was compressed, of at most limit bytes: beyond them it is ErrBodyTooLong. Safe for
// concurrent use.
//
// Java: common.compression.Compressor#decompress (5.5.0).
func (c Compression) Decompress(body []byte, limit int) ([]byte, error) {
	plain, err := c.decompress(body, limit)
	if err == nil && len(plain) > limit {
		err = fmt.Errorf("%w: more than %d bytes", ErrBodyTooLong, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("decompress %s: %w", c, err)
	}
	return plain, nil
}

// decompress stops one byte behind the limit at the earliest.
func (c Compression) decompress(body []byte, limit int) ([]byte, error) {
	switch c {
	case LZ4:
		return readLimited(lz4.NewReader(bytes.NewReader(body)), limit)
	case Zstd:
		return decompressZstd(body, limit)
	case Zlib:
		return decompressZlib(body, limit)
	}
	return nil, ErrUnknownCompression
}

func readLimited(r io.Reader, limit int) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, int64(limit)+1))
}

// zlibReaders holds spare readers: each has a window of 32 KiB.
var zlibReaders sync.Pool

func decompressZlib(body []byte, limit int) ([]byte, error) {
	source := bytes.NewReader(body)
	r, ok := zlibReaders.Get().(io.ReadCloser)
	if !ok {
		var err error
		if r, err = zlib.NewReader(source); err != nil {
			return nil, err
		}
	} else if err := r.(zlib.Resetter).Reset(source, nil); err != nil {
		return nil, err
	}
	plain, err := readLimited(r, limit)
	if err == nil {
		zlibReaders.Put(r)
	}
	return plain, err
}

func decompressZstd(body []byte, limit int) ([]byte, error) {
	r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	plain, err := readLimited(r, limit)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return nil, fmt.Errorf("%w: %w", ErrBodyTooLong, err)
	}
	return plain, err
}

// maxZstdWindow bounds the memory that a frame may ask for, in bytes; at levels up to 9 the window is at most 8 MiB.
const maxZstdWindow = 8 << 20
