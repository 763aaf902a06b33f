package protocol_test

import (
	"testing"

	"github.com/plumemq/plume/remoting/protocol"
)

func TestVersionDesc(t *testing.T) {
	for version, want := range map[int32]string{
		0: "V3_0_0_SNAPSHOT", 15: "V3_0_0_FINAL", 16: "V3_0_1_SNAPSHOT", 45: "V3_0_15", 46: "V3_1_0_SNAPSHOT", 85: "V3_2_9",
		86: "V3_3_1_SNAPSHOT", 103: "V3_3_9", 104: "V3_4_1_SNAPSHOT", 121: "V3_4_9", 211: "V3_9_9", 212: "V4_0_0_SNAPSHOT", 317: "V4_5_2",
		401: "V4_9_4", 407: "V4_9_7", 412: "V5_0_0_SNAPSHOT", 513: "V5_5_0", 611: "V5_9_9", 612: "HIGHER_VERSION", -1: "HIGHER_VERSION",
	} {
		if got := protocol.VersionDesc(version); got != want {
			t.Errorf("%d: %s, want %s", version, got, want)
		}
	}
}
