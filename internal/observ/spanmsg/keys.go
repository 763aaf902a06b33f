package spanmsg

import (
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

// manyKeys is how many keys of attributes have numbers of their own. Programs have fewer; what comes after is told apart by looking.
const manyKeys = 256

// key is one of the first keys that were used. It is as long as what processors fetch at once: where few spans are recorded, the next one
// finds nothing of the last one's at hand, and looking for things takes longer than writing them.
type key struct {
	name   attribute.Key // as somebody asked for it
	number uint8
	field  [2 + longestKey]byte // KeyValue's field with it, as it is written: tag, length, and the name
}

// longestKey is how long names of keys with numbers may be. Those of OpenTelemetry's conventions, and of this project's, are not longer.
const longestKey = 45

func newKey(name attribute.Key, number int) *key {
	k := &key{name: name, number: uint8(number)}
	copy(k.field[:], keyField(name))
	return k
}

// as is the key for who has its name elsewhere.
func (k *key) as(name attribute.Key) *key { return &key{name, k.number, k.field} }

func (k *key) written() []byte { return k.field[:2+k.field[1]] }

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

// keys are those with numbers. Most are found in recent by where their names lie in memory, for most are a program's constants: looking into a
// map takes as long as writing the attribute, and even the name's bytes may be far away.
var keys struct {
	recent [4 * manyKeys]atomic.Pointer[key]

	mu     sync.Mutex // owns byName
	byName map[attribute.Key]*key
}

// near is in how many places a key may be found.
const near = 4

// placeOf is where in recent to look first.
func placeOf(name attribute.Key) uintptr {
	at := uintptr(unsafe.Pointer(unsafe.StringData(string(name))))
	return at ^ at>>8
}

// keyOf is a key, as it is written, with its number; nil if it is too long, or there were too many before it.
func keyOf(name attribute.Key) *key {
	place := placeOf(name)
	for i := range uintptr(near) {
		at := &keys.recent[(place+i)%uintptr(len(keys.recent))]
		switch k := at.Load(); {
		case k == nil:
			return firstSeen(name, at)
		case k.name == name: // which looks at the bytes only if they are not the same memory
			return k
		}
	}
	return firstSeen(name, nil)
}

// firstSeen is keyOf for a name that was not found; next time it is, if there is a place for it.
func firstSeen(name attribute.Key, place *atomic.Pointer[key]) *key {
	if name == "" || len(name) > longestKey {
		return nil
	}
	k := numbered(attribute.Key(valid(string(name))))
	if k != nil && k.name == name && place != nil {
		place.CompareAndSwap(nil, k.as(name))
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
		k = newKey(attribute.Key(strings.Clone(string(name))), len(keys.byName))
		keys.byName[k.name] = k
	}
	return k
}

// keyField is KeyValue's field with a key.
func keyField(name attribute.Key) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, keyValueKey, protowire.BytesType), valid(string(name))))
}
