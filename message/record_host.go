package message

import (
	"encoding/binary"
	"net/netip"
)

// isV6 says whether a host needs 16 bytes; IPv4 in IPv6's clothes does not.
func isV6(host netip.AddrPort) bool {
	addr := host.Addr()
	return addr.Is6() && !addr.Is4In6()
}

// hostFlags is r's system flag with the bits that tell the hosts' sizes.
func hostFlags(r *Record) SysFlag {
	flags := r.SysFlag &^ (FlagBornHostV6 | FlagStoreHostV6)
	if isV6(r.BornHost) {
		flags |= FlagBornHostV6
	}
	if isV6(r.StoreHost) {
		flags |= FlagStoreHostV6
	}
	return flags
}

// hostSize is the size of an encoded host: address and a port of four bytes.
func hostSize(flags, v6 SysFlag) int {
	if flags&v6 != 0 {
		return 20
	}
	return 8
}

// appendHost appends the address and the port; the zero host is 0.0.0.0:0.
func appendHost(dst []byte, host netip.AddrPort) []byte {
	switch {
	case isV6(host):
		a := host.Addr().As16()
		dst = append(dst, a[:]...)
	case host.IsValid():
		a := host.Addr().Unmap().As4()
		dst = append(dst, a[:]...)
	default:
		dst = append(dst, 0, 0, 0, 0)
	}
	return binary.BigEndian.AppendUint32(dst, uint32(host.Port()))
}

// parseHost reads what appendHost wrote; nil gives the zero host. Only the low 16 bits of the port count.
func parseHost(b []byte) netip.AddrPort {
	if len(b) < 8 {
		return netip.AddrPort{}
	}
	addr, _ := netip.AddrFromSlice(b[:len(b)-4])
	return netip.AddrPortFrom(addr, uint16(binary.BigEndian.Uint32(b[len(b)-4:])))
}
