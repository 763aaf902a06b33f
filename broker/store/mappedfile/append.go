package mappedfile

import (
	"context"
	"fmt"
)

// AppendMessages writes data at position pos and lets readers see it. It serves many puts at once: traced are the contexts of
// those that record, each of which gets a span. On an error it says how many bytes may have been written; none is visible.
// Only one goroutine may write to a file at a time.
//
// Java: store.logfile.DefaultMappedFile#appendMessage (5.5.0).
func (f *MappedFile) AppendMessages(traced []context.Context, pos int64, data []byte) (n int, err error) {
	steps := traceAppendMessages(traced, f, len(data))
	defer steps.end(&err)
	if pos < 0 || pos+int64(len(data)) > f.size {
		return 0, fmt.Errorf("append %d bytes at %d of %s: %w", len(data), pos, f.name, ErrOutOfRange)
	}
	if n, err = f.file.WriteAt(data, pos); err != nil {
		return n, fmt.Errorf("append %d bytes at %d of %s: %w", len(data), pos, f.name, err)
	}
	f.wrote.Store(pos + int64(n))
	return n, nil
}

// Append writes data at position pos and lets readers see it.
func (f *MappedFile) Append(pos int64, data []byte) error {
	_, err := f.AppendMessages(nil, pos, data)
	return err
}
