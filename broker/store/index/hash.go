package index

// keyHash is the hash of "topic#key" in the index: Java's String.hashCode without its sign.
//
// Java: store.index.IndexFile#indexKeyHashMethod (5.5.0).
func keyHash(topic, key string) int32 {
	h := javaHash(javaHash(javaHash(0, topic), "#"), key)
	if h < 0 {
		h = -h
	}
	return max(h, 0) // the smallest integer has no opposite
}

// javaHash goes on with String.hashCode over s, whose characters count as UTF-16.
func javaHash(h int32, s string) int32 {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return javaHashWide(h, s[i:])
		}
		h = 31*h + int32(s[i])
	}
	return h
}

func javaHashWide(h int32, s string) int32 {
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + (0xD800 + r>>10)
			r = 0xDC00 + r&0x3FF
		}
		h = 31*h + r
	}
	return h
}
