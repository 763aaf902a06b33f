package protocol

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// topLevelMembers is how many members a header usually has besides its ext fields.
const topLevelMembers = 7

// decodeJSONHeader reads the members in whatever order they come and skips those it does not know, serializeTypeCurrentRPC
// among them: the frame says that itself.
func decodeJSONHeader(header []byte, m *CommandMemory) (*RemotingCommand, error) {
	r := fastjson.NewAliasingReader(header)
	cmd, room := m.command()
	if cmd == nil {
		cmd, room = newCommand(bytes.Count(header, []byte{':'}) - topLevelMembers)
	}
	r.Object(func(name string) {
		switch name {
		case "code":
			cmd.Code = r.Int32()
		case "extFields":
			cmd.ExtFields = readExtFields(&r, room)
		case "flag":
			cmd.Flag = r.Int32()
		case "language":
			cmd.Language = readLanguage(&r)
		case "opaque":
			cmd.Opaque = r.Int32()
		case "remark":
			cmd.Remark = r.String()
		case "version":
			cmd.Version = r.Int32()
		}
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("%w: JSON header: %w", ErrMalformedFrame, err)
	}
	return cmd, nil
}

func readExtFields(r *fastjson.Reader, room ExtFields) ExtFields {
	collected := fieldCollector{fields: room}
	add := func(key, value string) {
		if !collected.add(key, value) {
			r.Fail(fastjson.ErrEntries)
		}
	}
	r.Pairs(add, func(key string) {
		if !r.IsNull() {
			add(key, readExtValue(r))
		}
	})
	return collected.taken()
}

// readExtValue takes everything for a string: fastjson does so with numbers and booleans, and with nested documents too.
func readExtValue(r *fastjson.Reader) string {
	if r.IsComposite() {
		raw := r.Raw()
		return unsafe.String(unsafe.SliceData(raw), len(raw))
	}
	return r.String()
}

// readLanguage takes a language's name or its number.
func readLanguage(r *fastjson.Reader) Language {
	return ParseLanguage(r.String())
}
