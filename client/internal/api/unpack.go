package api

import (
	"fmt"

	"github.com/plumemq/plume/message"
)

// maxBodySize bounds what a compressed body may become, in bytes.
const maxBodySize = 64 << 20

// Unpack decompresses the body, if it is compressed.
func Unpack(m *message.MessageExt) error {
	if !m.SysFlag.Compressed() {
		return nil
	}
	body, err := m.SysFlag.Compression().Decompress(m.Body, maxBodySize)
	if err != nil {
		return fmt.Errorf("body of message %s: %w", m.MsgID, err)
	}
	m.Body = body
	return nil
}
