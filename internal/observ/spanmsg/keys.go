package spanmsg

import (
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

// manyKeys is how many keys of attributes have numbers of their own. Programs have fewer; what comes after is told apart by looking.
const manyKeys = 256

// key is one of the first keys that were used. It is as long as what processors fetch at once: where few spans are recorded, the next one
// finds nothing of the last one's at hand, and looking for things takes longer than writing them.
type key struct {
	number uint8
	size   uint8                // of field
	field  [2 + longestKey]byte // KeyValue's field with it, as it is written: tag, length, and the name
}

// longestKey is how long names of keys with numbers may be. Those of OpenTelemetry's conventions, and of this project's, are shorter.
const longestKey = 60

func newKey(name attribute.Key, number int) *key {
	k := &key{number: uint8(number)}
	k.size = uint8(copy(k.field[:], keyField(name)))
	return k
}

func (k *key) written() []byte            { return k.field[:k.size] }
func (k *key) is(name attribute.Key) bool { return string(k.field[2:k.size]) == string(name) }

// keySet says of keys with numbers which are there.
type keySet [manyKeys / 64]uint64

func (s *keySet) has(k *key) bool { return s[k.number/64]&(1<<(k.number%64)) != 0 }
func (s *keySet) add(k *key)      { s[k.number/64] |= 1 << (k.number % 64) }
func (s *keySet) remove(k *key)   { s[k.number/64] &^= 1 << (k.number % 64) }

func (s *keySet) addAll(other *keySet) {
	for i := range s {
		s[i] |= other[i]
	}
}

// intersects says whether both sets have a key.
func (s *keySet) intersects(other *keySet) bool {
	return s[0]&other[0]|s[1]&other[1]|s[2]&other[2]|s[3]&other[3] != 0
}

// keys are those with numbers. Most are found in recent, by what little of them tells most apart: looking into a map takes as long as
// writing the attribute.
var keys struct {
	recent [4 * manyKeys]atomic.Pointer[key]

	mu     sync.Mutex // owns byName
	byName map[attribute.Key]*key
}

// near is in how many places a key may be found.
const near = 4

// keyOf is a key, as it is written, with its number; nil if it is too long, or there were too many before it.
func keyOf(name attribute.Key) *key {
	if name == "" || len(name) > longestKey {
		return nil
	}
	place := len(name)*67 + int(name[len(name)-1])*31 + int(name[len(name)/2])*7 + int(name[len(name)*3/4])
	free := place
	for i := range near {
		k := keys.recent[(place+i)%len(keys.recent)].Load()
		if k == nil {
			free = place + i
			break
		}
		if k.is(name) {
			return k
		}
	}
	k := numbered(attribute.Key(valid(string(name))))
	if k != nil && k.is(name) {
		keys.recent[free%len(keys.recent)].Store(k)
	}
	return k
}

// numbered looks a key up, and gives it a number if it has none and one is left.
func numbered(name attribute.Key) *key {
	keys.mu.Lock()
	defer keys.mu.Unlock()
	k := keys.byName[name]
	if k == nil && len(keys.byName) < manyKeys && len(name) <= longestKey {
		if keys.byName == nil {
			keys.byName = map[attribute.Key]*key{}
		}
		k = newKey(name, len(keys.byName))
		keys.byName[attribute.Key(strings.Clone(string(name)))] = k
	}
	return k
}

// keyField is KeyValue's field with a key.
func keyField(name attribute.Key) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, keyValueKey, protowire.BytesType), valid(string(name))))
}
