package index
import "fmt"
func (s *IndexService) Debug(topic, key string) string { r := ""
 h := keyHash(topic, key)
 for _, f := range s.list() { i := f.info(); r += fmt.Sprintf("%s %+v\n", f.name, i)
  f.mu.Lock()
  v, err := f.slotValueLocked(h % f.slots)
  r += fmt.Sprintf(" hash %d slot %d = %d %v\n", h, h%f.slots, v, err)
  for n := int32(1); n < i.count; n++ { e, _ := f.entryLocked(n); r += fmt.Sprintf(" %d:%d@%d<%d", n, e.hash, e.phyOffset, e.previous) }
  r += "\n"
  f.mu.Unlock()
 }
 return r }
