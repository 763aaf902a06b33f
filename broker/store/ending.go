package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/plumemq/plume/internal/disk"
)

// ending is how the last run left the files. The file "abort" tells: it is there from the start of a run to its clean stop, as Apache's
// broker has it too.
type ending int

const (
	// closed: it stopped cleanly, or there was none.
	closed ending = iota
	// diedRecovering: it found a closed store and died before its recovery was over. The commit log is as a closed store's; what is
	// derived from it may be half built.
	diedRecovering
	// died: in any other way.
	died
)

// recovering is what abort holds, behind the process id, while a closed store is recovered.
const recovering = " recovers a closed store"

// logClosed says whether nothing was done to the commit log since a clean stop.
func (e ending) logClosed() bool { return e != died }

func (s *DefaultMessageStore) lastEnding() (ending, error) {
	text, err := disk.ReadFile(s.disk, s.path("abort"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return closed, nil
	case err != nil:
		return 0, err
	case strings.HasSuffix(string(text), recovering):
		return diedRecovering, nil
	}
	return died, nil
}

// markRecovering makes sure that a closed store whose recovery dies is not taken for closed, and its log not for torn.
func (s *DefaultMessageStore) markRecovering(last ending) error {
	if last != closed {
		return nil
	}
	return s.writeAbort(recovering)
}

// markOpen makes sure that the next start knows if this run does not end well.
func (s *DefaultMessageStore) markOpen() error { return s.writeAbort("") }

// markClosed is the end of a clean stop.
func (s *DefaultMessageStore) markClosed() error {
	if err := s.disk.Remove(s.path("abort")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.disk.SyncDir(s.cfg.StorePathRootDir)
}

// writeAbort writes the process id, as Apache's broker does, and more that it does not read.
func (s *DefaultMessageStore) writeAbort(more string) error {
	return disk.WriteFile(s.disk, s.path("abort"), fmt.Append(nil, strconv.Itoa(os.Getpid()), more))
}
